internal import CCrypto

/// The version of OpenSSL in this process, such as `OpenSSL 3.0.17 1 Jul 2025`.
package var opensslVersion: String {
  unsafe String(cString: OpenSSL_version(OPENSSL_VERSION))
}

/// The version of zlib in this process, such as `1.2.13`.
package var zlibVersionText: String {
  unsafe String(cString: zlibVersion())
}
