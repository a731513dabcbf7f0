/// Which option of which translator a volume option is, as `gluster volume set` spells it: the table
/// of GlusterFS 10.3's glusterd, without the options that only other daemons take.
///
/// Each is `KEY>OPTION=DEFAULT`: without `>OPTION` the option is what stands behind the key's first
/// dot; one with a default is always written.
let volumeOptionTable: KeyValuePairs<String, String> = [
  "cluster/disperse": """
  disperse.eager-lock disperse.other-eager-lock disperse.eager-lock-timeout
  disperse.other-eager-lock-timeout cluster.disperse-self-heal-daemon>self-heal-daemon
  disperse.background-heals disperse.heal-wait-qlength disperse.read-policy
  disperse.shd-max-threads disperse.shd-wait-qlength disperse.cpu-extensions
  disperse.self-heal-window-size disperse.optimistic-change-log disperse.stripe-cache
  disperse.parallel-writes disperse.quorum-count
  """,
  "cluster/distribute": """
  cluster.lookup-unhashed cluster.lookup-optimize cluster.min-free-disk
  cluster.min-free-inodes cluster.rebalance-stats
  cluster.subvols-per-directory>directory-layout-spread cluster.readdir-optimize
  cluster.rsync-hash-regex cluster.extra-hash-regex cluster.dht-xattr-name>xattr-name
  cluster.randomize-hash-range-by-gfid cluster.rebal-throttle cluster.lock-migration=off
  cluster.force-migration=off cluster.weighted-rebalance dht.force-readdirp>use-readdirp
  rebalance.ensure-durability
  """,
  "cluster/replicate": """
  cluster.entry-change-log cluster.read-subvolume cluster.read-subvolume-index
  cluster.read-hash-mode cluster.background-self-heal-count cluster.metadata-self-heal
  cluster.data-self-heal cluster.entry-self-heal cluster.strict-readdir
  cluster.self-heal-window-size>data-self-heal-window-size cluster.data-change-log
  cluster.metadata-change-log cluster.data-self-heal-algorithm cluster.eager-lock
  cluster.quorum-type cluster.quorum-count cluster.choose-local cluster.self-heal-readdir-size
  cluster.post-op-delay-secs cluster.readdir-failover cluster.ensure-durability
  cluster.consistent-metadata cluster.heal-wait-queue-length cluster.favorite-child-policy
  cluster.full-lock cluster.optimistic-change-log cluster.quorum-reads cluster.shd-max-threads
  cluster.shd-wait-qlength cluster.locking-scheme cluster.granular-entry-heal
  cluster.use-compound-fops=off cluster.halo-enabled cluster.halo-shd-max-latency
  cluster.halo-nfsd-max-latency cluster.halo-max-latency cluster.halo-max-replicas
  cluster.halo-min-replicas cluster.use-anonymous-inode=yes
  """,
  "debug/io-stats": """
  diagnostics.latency-measurement=off diagnostics.dump-fd-stats diagnostics.count-fop-hits=off
  diagnostics.stats-dump-interval>ios-dump-interval
  diagnostics.fop-sample-interval>ios-sample-interval
  diagnostics.stats-dump-format>ios-dump-format
  diagnostics.fop-sample-buf-size>ios-sample-buf-size
  diagnostics.stats-dnscache-ttl-sec>ios-dnscache-ttl-sec config.global-threading=off
  """,
  "features/barrier": """
  features.barrier=disable features.barrier-timeout=120
  """,
  "features/changelog": """
  changelog.changelog changelog.changelog-dir changelog.encoding changelog.rollover-time
  changelog.fsync-interval changelog.changelog-barrier-timeout=120 changelog.capture-del-path
  """,
  "features/leases": """
  features.leases=off features.lease-lock-recall-timeout
  """,
  "features/locks": """
  locks.trace locks.mandatory-locking features.locks-revocation-secs>revocation-secs
  features.locks-revocation-clear-all>revocation-clear-all
  features.locks-revocation-max-blocked>revocation-max-blocked
  features.locks-monkey-unlocking>monkey-unlocking
  features.locks-notify-contention>notify-contention
  features.locks-notify-contention-delay>notify-contention-delay
  features.enforce-mandatory-lock=off
  """,
  "features/marker": """
  geo-replication.indexing>xtime=off geo-replication.ignore-pid-check>gsync-force-xtime=off
  features.quota=off features.inode-quota=off
  """,
  "features/quota": """
  features.limit-usage>limit-set features.default-soft-limit features.soft-timeout
  features.hard-timeout features.alert-time features.quota-deem-statfs>deem-statfs=off
  """,
  "features/read-only": """
  features.read-only
  """,
  "features/selinux": """
  features.selinux=on
  """,
  "features/shard": """
  features.shard-block-size features.shard-lru-limit features.shard-deletion-rate
  """,
  "features/trash": """
  features.trash features.trash-dir features.trash-eliminate-path features.trash-max-filesize
  features.trash-internal-op
  """,
  "features/upcall": """
  features.cache-invalidation=off features.cache-invalidation-timeout
  """,
  "features/utime": """
  ctime.noatime=on
  """,
  "features/worm": """
  features.worm=off features.worm-file-level=off features.worm-files-deletable=on
  features.default-retention-period features.retention-mode features.auto-commit-period
  """,
  "performance/io-cache": """
  performance.cache-max-file-size>max-file-size performance.cache-min-file-size>min-file-size
  performance.cache-refresh-timeout>cache-timeout performance.cache-priority>priority
  performance.io-cache-size>cache-size performance.cache-size
  performance.io-cache-pass-through>pass-through
  """,
  "performance/io-threads": """
  performance.io-thread-count>thread-count performance.high-prio-threads
  performance.normal-prio-threads performance.low-prio-threads performance.least-prio-threads
  performance.enable-least-priority performance.iot-watchdog-secs>watchdog-secs
  performance.iot-cleanup-disconnected-reqs>cleanup-disconnected-reqs
  performance.iot-pass-through>pass-through
  """,
  "performance/md-cache": """
  performance.md-cache-pass-through>pass-through performance.md-cache-timeout
  performance.cache-swift-metadata performance.cache-samba-metadata
  performance.cache-capability-xattrs performance.cache-ima-xattrs performance.md-cache-statfs
  performance.xattr-cache-list performance.force-readdirp performance.cache-invalidation
  performance.global-cache-invalidation
  """,
  "performance/nl-cache": """
  performance.nl-cache-pass-through>pass-through performance.nl-cache-positive-entry
  performance.nl-cache-limit=10MB performance.nl-cache-timeout
  """,
  "performance/open-behind": """
  performance.lazy-open performance.read-after-open
  performance.open-behind-pass-through>pass-through
  """,
  "performance/quick-read": """
  performance.quick-read-cache-size>cache-size performance.cache-size
  performance.quick-read-cache-timeout>cache-timeout
  performance.qr-cache-timeout>cache-timeout performance.quick-read-cache-invalidation
  performance.ctime-invalidation
  """,
  "performance/read-ahead": """
  performance.read-ahead-page-count>page-count
  performance.read-ahead-pass-through>pass-through
  """,
  "performance/readdir-ahead": """
  performance.readdir-ahead-pass-through>pass-through performance.parallel-readdir=off
  performance.rda-request-size=131072 performance.rda-low-wmark performance.rda-high-wmark
  performance.rda-cache-limit=10MB
  """,
  "performance/write-behind": """
  performance.flush-behind performance.write-behind-window-size>cache-size
  performance.resync-failed-syncs-after-fsync performance.strict-o-direct>strict-O_DIRECT
  performance.strict-write-ordering performance.write-behind-trickling-writes>trickling-writes
  performance.aggregate-size performance.write-behind-pass-through>pass-through
  """,
  "protocol/client": """
  network.frame-timeout network.ping-timeout network.tcp-window-size
  client.ssl>transport.socket.ssl-enabled=off network.remote-dio>filter-O_DIRECT
  client.own-thread>transport.socket.own-thread client.event-threads
  client.tcp-user-timeout>transport.tcp-user-timeout=0
  client.keepalive-time>transport.socket.keepalive-time=20
  client.keepalive-interval>transport.socket.keepalive-interval=2
  client.keepalive-count>transport.socket.keepalive-count=9 client.strict-locks=off
  client.ta-brick-port>ta-remote-port client.send-gids
  client.bind-insecure>client-bind-insecure
  """,
  "protocol/server": """
  network.tcp-window-size network.inode-lru-limit
  transport.keepalive>transport.socket.keepalive=1
  server.allow-insecure>rpc-auth-allow-insecure server.root-squash server.all-squash
  server.anonuid server.anongid server.statedump-path
  server.outstanding-rpc-limit>rpc.outstanding-rpc-limit
  server.ssl>transport.socket.ssl-enabled=off server.manage-gids server.dynamic-auth
  server.gid-timeout server.own-thread>transport.socket.own-thread server.event-threads
  server.tcp-user-timeout>transport.tcp-user-timeout
  server.keepalive-time>transport.socket.keepalive-time=20
  server.keepalive-interval>transport.socket.keepalive-interval=2
  server.keepalive-count>transport.socket.keepalive-count=9
  transport.listen-backlog>transport.listen-backlog=1024
  """,
  "storage/posix": """
  storage.linux-aio storage.linux-io_uring storage.batch-fsync-mode
  storage.batch-fsync-delay-usec storage.xattr-user-namespace-mode storage.owner-uid>brick-uid
  storage.owner-gid>brick-gid storage.node-uuid-pathinfo storage.health-check-interval
  storage.build-pgfid>update-link-count-parent storage.gfid2path storage.gfid2path-separator
  storage.reserve storage.health-check-timeout storage.fips-mode-rchecksum
  storage.force-create-mode storage.force-directory-mode storage.create-mask
  storage.create-directory-mask storage.max-hardlinks features.ctime
  """,
]
