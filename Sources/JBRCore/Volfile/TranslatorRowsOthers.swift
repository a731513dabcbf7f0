/// See `TranslatorRow`.
let otherRows: [TranslatorRow] = [
  TranslatorRow(
    "debug/delay-gen", children: 1...1,
    percents: "delay-percentage",
    others: "delay-duration enable"),
  TranslatorRow(
    "debug/error-gen", children: 1...1,
    booleans: "random-failure",
    percents: "failure",
    others: "enable error-fops error-no"),
  TranslatorRow(
    "debug/io-stats", children: 1...Int.max,
    booleans: "count-fop-hits dump-fd-stats global-threading latency-measurement",
    others: """
      brick-log-buf-size brick-log-flush-timeout brick-log-format brick-log-level
      brick-logger brick-threads client-log-buf-size client-log-flush-timeout
      client-log-format client-log-level client-logger client-threads ios-dnscache-ttl-sec
      ios-dump-format ios-dump-interval ios-sample-buf-size ios-sample-interval log-buf-size
      log-flush-timeout log-format log-level logger sys-log-level threads unique-id
      volume-id
      """),
  TranslatorRow(
    "debug/sink", children: 0...Int.max),
  TranslatorRow(
    "debug/trace", children: 1...1,
    booleans: "log-file log-history",
    others: "exclude exclude-ops history-size include include-ops"),
  TranslatorRow(
    "experimental/fdl", children: 1...1,
    required: "log-path", alone: "log-path",
    paths: "log-path"),
  TranslatorRow(
    "experimental/jbr", children: 1...Int.max,
    booleans: "leader",
    percents: "quorum-percent"),
  TranslatorRow(
    "experimental/jbrc", children: 1...Int.max),
  TranslatorRow(
    "meta", children: 0...Int.max,
    others: "meta-dir-name"),
  TranslatorRow(
    "mgmt/glusterd", children: 0...0,
    others: "*"),
  TranslatorRow(
    "mount/api", children: 0...Int.max),
  TranslatorRow(
    "mount/fuse", children: 0...Int.max,
    refusal: "is mounted by glusterfs itself, which does not start with it in a volfile",
    paths: "dump-fuse fuse-dumpfile mount-point mountpoint",
    booleans: """
      acl auto-invalidation capability direct-io-mode enable-ino32 event-history
      flush-handle-interrupt fopen-keep-cache kernel-writeback-cache no-root-squash
      read-only resolve-gids selinux strict-volfile-check sync-to-mount thin-client
      use-readdirp
      """,
    others: """
      attr-times-granularity attribute-timeout background-qlen client-pid
      congestion-threshold entry-timeout fuse-dev-eperm-ratelimit-ns fuse-mountopts
      gid-timeout invalidate-limit lru-limit negative-timeout reader-thread-count
      uid-map-root
      """),
  TranslatorRow(
    "performance/io-cache", children: 1...1,
    booleans: "io-cache pass-through",
    others: """
      cache-size cache-timeout force-revalidate-timeout max-file-size min-file-size priority
      """),
  TranslatorRow(
    "performance/io-threads", children: 1...1,
    booleans: "cleanup-disconnected-reqs enable-least-priority pass-through",
    others: """
      high-prio-threads idle-time least-prio-threads low-prio-threads normal-prio-threads
      thread-count watchdog-secs
      """),
  TranslatorRow(
    "performance/md-cache performance/stat-prefetch", children: 1...1,
    booleans: """
      cache-capability-xattrs cache-glusterfs-acl cache-ima-xattrs cache-invalidation
      cache-posix-acl cache-samba-metadata cache-selinux cache-swift-metadata force-readdirp
      global-cache-invalidation md-cache md-cache-statfs pass-through
      """,
    others: "md-cache-timeout xattr-cache-list"),
  TranslatorRow(
    "performance/nl-cache", children: 1...1,
    booleans: "nl-cache nl-cache-positive-entry pass-through",
    others: "nl-cache-limit nl-cache-timeout"),
  TranslatorRow(
    "performance/open-behind", children: 1...1,
    booleans: "lazy-open open-behind pass-through read-after-open use-anonymous-fd"),
  TranslatorRow(
    "performance/quick-read", children: 1...1,
    booleans: "ctime-invalidation quick-read quick-read-cache-invalidation",
    others: "cache-size cache-timeout max-file-size priority"),
  TranslatorRow(
    "performance/read-ahead", children: 1...1,
    booleans: "force-atime-update pass-through read-ahead",
    others: "page-count page-size"),
  TranslatorRow(
    "performance/readdir-ahead", children: 1...1,
    booleans: "parallel-readdir pass-through readdir-ahead",
    others: "rda-cache-limit rda-high-wmark rda-low-wmark rda-request-size"),
  TranslatorRow(
    "performance/write-behind", children: 1...1,
    booleans: """
      flush-behind pass-through resync-failed-syncs-after-fsync strict-O_DIRECT
      strict-write-ordering trickling-writes write-behind
      """,
    others: "aggregate-size cache-size window-size"),
  TranslatorRow(
    "playground/template", children: 1...1,
    others: "dummy"),
  // A client of glusterd's proxy finds it where its volfile comes from, and so needs no host.
  TranslatorRow(
    "protocol/client", children: 0...0,
    required: """
      remote-host|remote-subvolume=gfproxyd-* remote-subvolume
      transport-type=unix|transport.address-family=unix|address-family=unix?\
      transport.socket.connect-path|connect-path
      transport.socket.connect-path|connect-path?\
      transport.address-family|address-family|transport-type=unix
      """,
    outside: """
      bind-path connect-path transport.socket.bind-path transport.socket.connect-path
      """,
    booleans: """
      client-bind-insecure filter-O_DIRECT send-gids strict-locks testing.old-protocol
      """,
    others: """
      address-family bind-address bind-path connect-path event-threads frame-timeout
      listen-path listen-port non-blocking-io password ping-timeout remote-host remote-port
      remote-subvolume rpc-timeout ssl-ca-list ssl-cert-depth ssl-cipher-list ssl-crl-path
      ssl-dh-param ssl-ec-curve ssl-own-cert ssl-private-key tcp-window-size transport-type
      transport.address-family transport.listen-backlog transport.remote-port
      transport.socket.bind-address transport.socket.bind-path transport.socket.connect-path
      transport.socket.keepalive transport.socket.keepalive-count
      transport.socket.keepalive-interval transport.socket.keepalive-time
      transport.socket.listen-path transport.socket.listen-port transport.socket.nodelay
      transport.socket.own-thread transport.socket.read-fail-log transport.socket.remote-port
      transport.socket.ssl-ca-list transport.socket.ssl-cert-depth
      transport.socket.ssl-cipher-list transport.socket.ssl-crl-path
      transport.socket.ssl-dh-param transport.socket.ssl-ec-curve transport.socket.ssl-enabled
      transport.socket.ssl-own-cert transport.socket.ssl-private-key
      transport.tcp-user-timeout username
      """),
  TranslatorRow(
    "protocol/server", children: 1...Int.max,
    required: """
      transport-type auth.addr.*.allow|auth.login.*.allow
      transport-type=unix|transport.address-family=unix|address-family=unix?\
      transport.socket.listen-path|listen-path
      """,
    outside: "listen-path statedump-path transport.socket.listen-path",
    paths: "conf-dir config-directory statedump-path volume-filename.*",
    booleans: """
      all-squash allow-insecure dynamic-auth manage-gids root-squash rpc-auth-allow-insecure
      strict-auth-accept trace
      """,
    others: """
      address-family anongid anonuid auth-path auth.addr.*.allow auth.addr.*.reject auth.allow
      auth.login.*.allow auth.login.*.password auth.login.*.ssl-allow auth.reject bind-address
      bind-path connect-path event-threads gid-timeout inode-lru-limit listen-path listen-port
      non-blocking-io remote-port rpc.outstanding-rpc-limit ssl-allow ssl-ca-list
      ssl-cert-depth ssl-cipher-list ssl-crl-path ssl-dh-param ssl-ec-curve ssl-own-cert
      ssl-private-key tcp-window-size transport-type transport.* transport.address-family
      transport.listen-backlog transport.remote-port transport.socket.bind-address
      transport.socket.bind-path transport.socket.connect-path transport.socket.keepalive
      transport.socket.keepalive-count transport.socket.keepalive-interval
      transport.socket.keepalive-time transport.socket.listen-path
      transport.socket.listen-port transport.socket.nodelay transport.socket.own-thread
      transport.socket.read-fail-log transport.socket.remote-port transport.socket.ssl-ca-list
      transport.socket.ssl-cert-depth transport.socket.ssl-cipher-list
      transport.socket.ssl-crl-path transport.socket.ssl-dh-param
      transport.socket.ssl-ec-curve transport.socket.ssl-enabled transport.socket.ssl-own-cert
      transport.socket.ssl-private-key transport.tcp-user-timeout
      """),
  TranslatorRow(
    "storage/posix", children: 0...0,
    required: "directory",
    paths: "directory",
    booleans: """
      background-unlink ctime disable-landfill-purge export-statfs-size fips-mode-rchecksum
      gfid2path linux-aio linux-io_uring mandate-attribute node-uuid-pathinfo o-direct
      update-link-count-parent
      """,
    others: """
      batch-fsync-delay-usec batch-fsync-mode brick-gid brick-uid create-directory-mask
      create-mask force-create-mode force-directory-mode gfid2path-separator glusterd-uuid
      health-check-interval health-check-timeout hostname janitor-sleep-duration
      max-hardlinks reserve shared-brick-count volume-id
      """),
]
