/// Ready-made signatures for tests.
enum Signatures {
  /// For `administrator` of app 1400000000 with the tests' key; it expired in 2020.
  static let expired =
    "eJyrVgrxCdYrSy1SslJQMtIzUNJRAItkpqTmlWSmZUIkElNyM-Myi0uKEkvyi2BKilOyEwsKMlOACgxN"
    + "DKAAKpdaUZBZlAqUMTaDi5Vk5oJEDE3NzS2MzSzg4sWZ6SA7-JKMI5zzPQ0DSvPKPCp9E03MCktNiv0r"
    + "vMIqK8oqco3LDJyNg81dqwyDfW2VagEmnTWV"
}
