#!/bin/sh
# Installs a release of imprune on Linux, without root. Copy this file into your repository, so that a
# reviewed commit decides what your CI runs.
#
# Usage: install.sh VERSION SHA256 [FOLDER]
#
#   install.sh 0.2.0 SHA256 "$HOME/.local/imprune"
#
# VERSION is a release, such as 0.2.0. SHA256 is the checksum of its archive for this kind of machine,
# from SHA256SUMS or the notes of the release. FOLDER gets bin/imprune and what belongs to it; it is
# ~/.local/imprune by default. In GitHub Actions, later steps find imprune on their PATH.
#
# Replace OWNER in the next line by the owner of the repository that publishes the releases. The variable
# IMPRUNE_RELEASES overrides the line, for a mirror.
releases=${IMPRUNE_RELEASES:-https://github.com/OWNER/imprune/releases/download}

set -eu
umask 022
# Options of other people for tar and gzip would change what is unpacked.
unset TAR_OPTIONS GZIP

refuse() {
  printf 'install.sh: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

# --- The arguments ---

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  sed -n 's/^# \(Usage.*\)/\1/p' "$0" >&2
  exit 64
fi
version=$1 sha256=$2 folder=${3:-}
if [ -z "$folder" ]; then
  [ -n "${HOME:-}" ] || refuse 'HOME is not set.' 'Name a folder as the third argument.'
  folder=$HOME/.local/imprune
fi

case $version in
latest)
  refuse "'latest' is not a version." \
    'Its content changes, so no checksum can fit. Name a release, such as 0.2.0.' ;;
*[!0-9A-Za-z.-]* | [!0-9]* | '')
  refuse "'$version' is not a version, such as 0.2.0." ;;
esac
case $sha256 in
*[!0-9a-f]*) refuse 'The checksum has characters other than 0-9 and a-f.' ;;
esac
[ ${#sha256} -eq 64 ] || refuse "The checksum has ${#sha256} characters instead of 64." \
  "Take it from SHA256SUMS of release $version."
case $releases in
https://*) ;;
*) refuse "$(printf '%s' "$releases" | sed 's|//[^/@]*@|//|') is not an HTTPS address." ;;
esac
case $folder in
\~*) refuse "The folder '$folder' begins with a tilde, which no shell has replaced." "Write \"\$HOME\" instead." ;;
/*) ;;
*) folder=$PWD/$folder ;;
esac
folder=${folder%/}
case $folder in
'' | */. | */.. | */) refuse "'${3:-}' is not a folder to create." 'Name a new folder, such as /opt/imprune.' ;;
esac
# PATH and GITHUB_PATH cannot express these.
case $folder in
*:* | *'
'*) refuse "The folder '$folder' contains a colon or a line break." 'Choose another folder.' ;;
esac

# --- The machine ---

[ "$(uname -s)" = Linux ] || refuse "imprune runs on Linux, not on $(uname -s)." \
  'Run it in a container; see examples/container.'
for tool in curl tar gzip sha256sum od ldd; do
  command -v "$tool" >/dev/null || refuse "$tool is not installed." \
    'On Debian and Ubuntu: apt-get install --yes ca-certificates curl tar gzip coreutils libc-bin'
done
case $(uname -m) in
x86_64) machine=amd64 elf=62 ;;
aarch64) machine=arm64 elf=183 ;;
*) refuse "There is no release for a machine of the kind $(uname -m)." 'Build imprune from source.' ;;
esac

# --- What is there already ---

# Only a folder that this script made is replaced, and always: what it contains may have changed.
mark=.imprune-sha256
if [ -e "$folder" ] || [ -L "$folder" ]; then
  if [ -L "$folder" ] || [ ! -f "$folder/$mark" ]; then
    refuse "$folder exists, and install.sh did not create it." 'Choose another folder, or remove it.'
  fi
fi

if [ -n "${GITHUB_PATH:-}" ]; then
  if [ -e "$GITHUB_PATH" ]; then place=$GITHUB_PATH; else place=$(dirname "$GITHUB_PATH"); fi
  if [ -d "$GITHUB_PATH" ] || [ ! -w "$place" ]; then
    refuse "GITHUB_PATH names $GITHUB_PATH, which cannot be written."
  fi
fi

# --- Download ---

mkdir -p "$(dirname "$folder")" || refuse "$(dirname "$folder") cannot be created." 'Name another folder.'
# Beside the folder, so that a rename can put it in place.
work=$(mktemp -d "$folder.new-XXXXXX") || refuse "$(dirname "$folder") cannot be written." 'Name another folder.'
# An installation that was there is there afterwards, unless the script is killed between two renames.
finish() {
  if [ -e "$work/old" ] && [ ! -e "$folder" ]; then mv "$work/old" "$folder"; fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

name=imprune-$version-linux-$machine
url=$releases/v$version/$name.tar.gz
# HTTPS only, also after a redirect; -q ignores a .curlrc that might say otherwise. Neither a server that
# stalls nor one that never ends keeps the script: ulimit counts blocks of 512 bytes.
(
  ulimit -f 524288
  curl -q --proto =https --proto-redir =https --tlsv1.2 --fail --location --silent --show-error \
    --connect-timeout 30 --speed-limit 1024 --speed-time 60 --retry 2 --retry-delay 1 --retry-all-errors \
    --output "$work/archive" -- "$url"
) || refuse "$(printf '%s' "$url" | sed 's|//[^/@]*@|//|') could not be downloaded." \
  'Check the version, the owner in this script, the network, and the space on the disk.'

# Nothing reads the archive before its checksum is known to be right.
actual=$(sha256sum <"$work/archive")
actual=${actual%% *}
[ "$actual" = "$sha256" ] || refuse "$name.tar.gz has another checksum." \
  "expected $sha256" "actual   $actual" \
  "In SHA256SUMS of release $version, take the line of $name.tar.gz, not that of a package." \
  'If the checksum there is the expected one, do not install.'

# --- Unpack ---

# The checksum says whose archive this is; these rules hold even if its maker erred.
list=$(tar -tzf "$work/archive") || refuse "$name.tar.gz is not an archive that tar can read."
printf '%s\n' "$list" | while IFS= read -r entry; do
  case /$entry/ in
  //* | */../* | */./*) echo "$entry" ;;
  "/$name/"*) ;;
  *) echo "$entry" ;;
  esac
done >"$work/strange"
[ ! -s "$work/strange" ] ||
  refuse "$name.tar.gz contains a path outside of $name: $(head -n 1 "$work/strange")"
# The first character of a line is the kind: a file, a folder, or something that an archive of imprune
# does not contain, such as a link.
kinds=$(tar -tvzf "$work/archive" | cut -c 1 | sort -u | tr -d '\n')
case $kinds in
*[!d-]*) refuse "$name.tar.gz contains links or devices." ;;
esac
tar -xzf "$work/archive" --no-same-owner --no-same-permissions -C "$work" 2>"$work/complaint" ||
  refuse "$name.tar.gz could not be unpacked." "$(head -n 1 "$work/complaint")"
new=$work/$name

# --- Will it run here? ---

binary=$new/bin/imprune
[ -f "$binary" ] || refuse "$name.tar.gz contains no bin/imprune."
# ELF: the two bytes at 18 are the kind of machine.
[ "$(od -An -tu1 -j0 -N4 "$binary" | tr -d ' ')" = 127697670 ] &&
  [ "$(od -An -tu2 -j18 -N2 "$binary" | tr -d ' ')" = "$elf" ] ||
  refuse "bin/imprune is not a program for $(uname -m)."
needs=$(ldd "$binary" 2>&1) || true
case $needs in
*'Error loading'*)
  refuse "imprune needs glibc, which this system does not have." 'Use Debian, Ubuntu or another system with glibc.' ;;
*"version \`GLIBC_"*)
  refuse "This system's glibc is too old for imprune: $(getconf GNU_LIBC_VERSION 2>/dev/null || echo unknown)." \
    "imprune needs $(printf '%s\n' "$needs" | sed -n "s/.*version \`\(GLIBC_[0-9.]*\)'.*/\1/p" | sort -V | tail -n 1 | tr _ ' ')." \
    'Use Debian 12, Ubuntu 22.04, or newer.' ;;
*'not found'*)
  refuse "Libraries are missing: $(printf '%s\n' "$needs" | awk '/not found/ { printf "%s ", $1 }')" \
    'Debian 12, Ubuntu 22.04:  apt-get install --yes ca-certificates libcurl4 libyaml-0-2 libssl3 zlib1g libstdc++6' \
    'Debian 13, Ubuntu 24.04:  apt-get install --yes ca-certificates libcurl4t64 libyaml-0-2 libssl3t64 zlib1g libstdc++6' ;;
esac
said=$("$binary" version 2>"$work/complaint") ||
  refuse 'bin/imprune does not run here:' "$(head -n 3 "$work/complaint")" "$needs"
[ "$said" = "imprune $version" ] || refuse "The archive contains '$said' instead of imprune $version."

# --- Put it in place ---

printf '%s\n' "$sha256" >"$new/$mark"
if [ -e "$folder" ]; then mv -T "$folder" "$work/old"; fi
# -T: if another run was faster, this must fail and not move into its folder.
mv -T "$new" "$folder" 2>"$work/complaint" || refuse "$folder could not be put in place." \
  "$(head -n 1 "$work/complaint")" 'Is another install.sh running? Run it again.'
if [ -n "${GITHUB_PATH:-}" ]; then
  # An unfinished last line would swallow ours.
  if [ -s "$GITHUB_PATH" ] && [ -n "$(tail -c 1 "$GITHUB_PATH")" ]; then echo >>"$GITHUB_PATH"; fi
  printf '%s\n' "$folder/bin" >>"$GITHUB_PATH"
fi
echo "imprune $version is in $folder/bin"
if [ -z "${GITHUB_PATH:-}" ]; then
  case :$PATH: in
  *":$folder/bin:"*) ;;
  *) echo "Put it on your PATH: export PATH=\"$folder/bin:\$PATH\"" ;;
  esac
fi
