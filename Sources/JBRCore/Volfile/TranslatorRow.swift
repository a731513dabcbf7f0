/// A row of the table of translators: what GlusterFS 10.3 ships, and the experimental ones of
/// journal based replication, which it does not.
///
/// Names of options are parted by spaces; `*` stands for any text.
struct TranslatorRow: Sendable {
  /// The type and its other names.
  var types: String
  var children: ClosedRange<Int>
  /// What must be there, see `OptionNeed`. Found by starting GlusterFS 10.3 without each option.
  var required: String
  /// Options that say where the translator has files of its own: outside of all bricks, or, if
  /// they are hidden, in the brick's `.glusterfs` just as well.
  var outside: String
  var hidden: String
  /// Such an option of files outside that no other volume can share.
  var alone: String
  /// The option that says how many of its subvolumes may be lost, see `redundancies`.
  var redundancy: String
  /// Why GlusterFS does not start with it in a volfile.
  var refusal: String
  /// The options of each kind, see `OptionKind`.
  var paths: String
  var booleans: String
  var percents: String
  var others: String

  init(
    _ types: String, children: ClosedRange<Int>, required: String = "", outside: String = "",
    hidden: String = "", alone: String = "", redundancy: String = "", refusal: String = "",
    paths: String = "", booleans: String = "", percents: String = "",
    others: String = ""
  ) {
    self.types = types
    self.children = children
    self.required = required
    self.outside = outside
    self.hidden = hidden
    self.alone = alone
    self.redundancy = redundancy
    self.refusal = refusal
    self.paths = paths
    self.booleans = booleans
    self.percents = percents
    self.others = others
  }
}

/// All rows. A new translator is added here, and nowhere else.
let translatorRows = clusterRows + featureRows + otherRows
