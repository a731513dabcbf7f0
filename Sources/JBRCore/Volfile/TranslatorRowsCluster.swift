/// See `TranslatorRow`.
let clusterRows: [TranslatorRow] = [
  TranslatorRow(
    "cluster/disperse cluster/ec", children: 3...31,
    required: "redundancy", redundancy: "redundancy",
    booleans: """
      eager-lock iam-self-heal-daemon optimistic-change-log other-eager-lock parallel-writes
      self-heal-daemon
      """,
    others: """
      background-heals cpu-extensions eager-lock-timeout ec-read-mask heal-timeout
      heal-wait-qlength other-eager-lock-timeout quorum-count read-policy redundancy
      self-heal-window-size shd-max-threads shd-wait-qlength stripe-cache
      """),
  TranslatorRow(
    "cluster/distribute cluster/dht", children: 1...Int.max,
    booleans: """
      assert-no-child-down ensure-durability force-migration lock-migration lookup-optimize
      randomize-hash-range-by-gfid readdir-optimize rebalance-stats unhashed-sticky-bit
      use-readdirp weighted-rebalance
      """,
    percents: "min-free-inodes",
    others: """
      commit-hash decommissioned-bricks directory-layout-spread extra-hash-regex
      local-volume-name lookup-unhashed min-free-disk node-uuid pattern.switch.case
      rebal-throttle rebalance-cmd rebalance-filter rsync-hash-regex xattr-name
      """),
  TranslatorRow(
    "cluster/nufa", children: 1...Int.max,
    booleans: """
      assert-no-child-down ensure-durability force-migration lock-migration lookup-optimize
      randomize-hash-range-by-gfid readdir-optimize rebalance-stats unhashed-sticky-bit
      use-readdirp weighted-rebalance
      """,
    percents: "min-free-inodes",
    others: """
      commit-hash decommissioned-bricks directory-layout-spread extra-hash-regex
      local-volume-name lookup-unhashed min-free-disk node-uuid pattern.switch.case
      rebal-throttle rebalance-cmd rebalance-filter rsync-hash-regex xattr-name
      """),
  TranslatorRow(
    "cluster/replicate cluster/afr", children: 1...Int.max,
    booleans: """
      choose-local consistent-io consistent-metadata data-change-log eager-lock
      ensure-durability entry-change-log entry-self-heal entrylk-trace full-lock
      granular-entry-heal halo-enabled iam-nfs-daemon iam-self-heal-daemon inodelk-trace
      metadata-change-log metadata-self-heal metadata-splitbrain-forced-heal
      optimistic-change-log pre-op-compat quorum-reads self-heal-daemon use-anonymous-inode
      use-compound-fops
      """,
    others: """
      afr-dirty-xattr afr-pending-xattr arbiter-count background-self-heal-count
      data-self-heal data-self-heal-algorithm data-self-heal-window-size
      favorite-child-policy halo-max-latency halo-max-replicas halo-min-replicas
      halo-nfsd-max-latency halo-shd-max-latency heal-timeout heal-wait-queue-length
      locking-scheme node-uuid post-op-delay-secs quorum-count quorum-type read-hash-mode
      read-subvolume read-subvolume-index self-heal-readdir-size shd-max-threads
      shd-wait-qlength thin-arbiter volume-id
      """),
  TranslatorRow(
    "cluster/switch", children: 1...Int.max,
    booleans: """
      assert-no-child-down ensure-durability force-migration lock-migration lookup-optimize
      randomize-hash-range-by-gfid readdir-optimize rebalance-stats unhashed-sticky-bit
      use-readdirp weighted-rebalance
      """,
    percents: "min-free-inodes",
    others: """
      commit-hash decommissioned-bricks directory-layout-spread extra-hash-regex
      local-volume-name lookup-unhashed min-free-disk node-uuid pattern.switch.case
      rebal-throttle rebalance-cmd rebalance-filter rsync-hash-regex xattr-name
      """),
]
