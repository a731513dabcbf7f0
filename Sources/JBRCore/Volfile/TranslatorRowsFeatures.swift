/// See `TranslatorRow`.
let featureRows: [TranslatorRow] = [
  TranslatorRow(
    "features/access-control system/posix-acl", children: 1...1,
    others: "super-uid"),
  TranslatorRow(
    "features/arbiter", children: 1...1),
  TranslatorRow(
    "features/barrier", children: 1...1,
    booleans: "barrier",
    others: "barrier-timeout"),
  TranslatorRow(
    "features/bit-rot", children: 1...Int.max,
    others: "*"),
  TranslatorRow(
    "features/bitrot-stub", children: 1...1,
    required: "export",
    paths: "export",
    booleans: "bitrot"),
  TranslatorRow(
    "features/cdc", children: 1...1,
    required: "mode",
    booleans: "debug",
    others: "compression-level mem-level min-size mode window-size"),
  TranslatorRow(
    "features/changelog", children: 1...1,
    required: "changelog-brick changelog-dir",
    hidden: "changelog-dir",
    paths: "changelog-brick changelog-dir",
    booleans: "capture-del-path changelog changelog-notification",
    others: "changelog-barrier-timeout encoding fsync-interval op-mode rollover-time"),
  TranslatorRow(
    "features/cloudsync", children: 1...1,
    booleans: "cloudsync-remote-read",
    others: "cloudsync-product-id cloudsync-store-id cloudsync-storetype"),
  TranslatorRow(
    "features/gfid-access", children: 1...1),
  TranslatorRow(
    "features/index", children: 1...1,
    required: "index-base",
    hidden: "index-base",
    paths: "index-base",
    others: "xattrop-dirty-watchlist xattrop-pending-watchlist xattrop64-watchlist"),
  TranslatorRow(
    "features/leases", children: 1...1,
    booleans: "leases",
    others: "lease-lock-recall-timeout"),
  TranslatorRow(
    "features/locks features/posix-locks", children: 1...1,
    booleans: """
      enforce-mandatory-lock monkey-unlocking notify-contention revocation-clear-all trace
      """,
    others: """
      mandatory-locking notify-contention-delay revocation-max-blocked revocation-secs
      """),
  TranslatorRow(
    "features/marker", children: 1...1,
    required: "xtime=on?volume-uuid xtime=on?timestamp-file",
    outside: "timestamp-file",
    others: """
      gsync-force-xtime inode-quota quota quota-version timestamp-file volume-uuid xtime
      """),
  TranslatorRow(
    "features/namespace", children: 1...1,
    booleans: "tag-namespaces"),
  TranslatorRow(
    "features/quiesce", children: 1...1,
    others: "failover-hosts timeout"),
  TranslatorRow(
    "features/quota", children: 1...1,
    booleans: "deem-statfs enable server-quota",
    percents: "default-soft-limit",
    others: "alert-time hard-timeout soft-timeout volume-uuid"),
  TranslatorRow(
    "features/quotad", children: 1...Int.max,
    others: "transport-type transport.*"),
  TranslatorRow(
    "features/read-only", children: 1...1,
    booleans: "read-only"),
  TranslatorRow(
    "features/sdfs", children: 1...1,
    booleans: "pass-through"),
  TranslatorRow(
    "features/selinux", children: 1...1,
    booleans: "selinux"),
  TranslatorRow(
    "features/shard", children: 1...1,
    booleans: "shard",
    others: "shard-block-size shard-deletion-rate shard-lru-limit"),
  TranslatorRow(
    "features/snapview-client", children: 2...2,
    booleans: "show-snapshot-directory",
    others: "snapdir-entry-path snapshot-directory"),
  TranslatorRow(
    "features/snapview-server", children: 0...0,
    required: "volname",
    others: "volname"),
  TranslatorRow(
    "features/thin-arbiter", children: 1...1),
  TranslatorRow(
    "features/trash", children: 1...1,
    required: "brick-path",
    paths: "brick-path",
    booleans: "trash trash-internal-op",
    others: "trash-dir trash-eliminate-path trash-max-filesize"),
  TranslatorRow(
    "features/upcall", children: 1...1,
    booleans: "cache-invalidation",
    others: "cache-invalidation-timeout"),
  TranslatorRow(
    "features/utime", children: 1...1,
    booleans: "noatime"),
  TranslatorRow(
    "features/worm", children: 1...1,
    booleans: "worm worm-file-level worm-files-deletable",
    others: "auto-commit-period default-retention-period retention-mode"),
]
