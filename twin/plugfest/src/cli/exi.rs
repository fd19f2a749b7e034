//! What can be said to `plugfest exi`.

use clap::{Args, Subcommand, ValueEnum};
use exi::SchemaSet;
use iso15118::schemas;

/// What can be done with EXI.
#[derive(Debug, Subcommand)]
pub(crate) enum ExiVerb {
    /// Checks vectors: decodes and re-encodes every form of each and compares them
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// Files with one vector a line, as JSON; `-` is the input
        #[arg(value_name = "FILE.jsonl", required = true)]
        files: Vec<String>,
    },
    /// Reads EXI and prints the message as JSON or XML
    #[command(after_help = DECODE_EXAMPLES)]
    Decode(Decode),
    /// Writes a message, JSON or XML, as EXI
    #[command(after_help = ENCODE_EXAMPLES)]
    Encode(Encode),
}

const CHECK_EXAMPLES: &str = "\
A vector is an object with the name of a schema set and the same message in some of these forms:
  {\"set\": \"sap\", \"name\": \"agreed\", \"document\": \"80400040\", \"document_string_table\": .., \"fragment\": ..,
   \"fragment_string_table\": .., \"xml\": .., \"serial\": \"12345\"}
What does not agree is printed as FILE:LINE: NAME: FORM: .., a line that is no vector as FILE:LINE: NAME: not a vector: .., and
what nothing can be said about, as a set that is unknown here, as FILE:LINE: NAME: refused: ..

Exit codes: 0 all passed, but for some that were refused, 1 something failed or is no vector, or all were refused, 2 usage, an
unreadable file, or one without any vector.

Examples:
  plugfest exi check charger/iso15118/tests/vectors/*.jsonl
  grep iso2 all.jsonl | plugfest exi check -";

const DECODE_EXAMPLES: &str = "\
Without --set the sets are tried in turn. V2GTP headers are taken off; their payload type tells the set where it can.

Exit codes: 0 read, 1 not read, or with remarks that make it a finding (octets behind the message, a header that lies, with
--facets a length or range), 2 usage or an input that cannot be read. String table references are told and are no finding.

Examples:
  plugfest exi decode 80400040
  plugfest exi decode --xml --set iso2 message.exi
  plugfest exi decode 01fe80010000000480400040 --spans
  echo gEAAQA== | plugfest exi decode -";

const ENCODE_EXAMPLES: &str = "\
JSON has the root element as its key, and fields by the names of the schema: '@Id' for attributes, '$text' for the text beside them.

With --facets off a message may break the lengths and ranges of its schema, and lack what must be there, as far as the stream has a
place for it. What has none stays an error: a field that the schema does not know, a word that is not in its list, a number beyond the
bits of its type, a field that is missing where nothing else can stand.

Exit codes: 0 written, 1 no message of any set (or of --set), 2 usage, or an input that cannot be read.

Examples:
  plugfest exi encode message.json --set iso2 --v2gtp
  plugfest exi encode '{\"supportedAppProtocolRes\": {\"ResponseCode\": \"OK_SuccessfulNegotiation\", \"SchemaID\": 1}}'
  plugfest exi decode 80400040 --xml | plugfest exi encode - --base64
  plugfest exi encode broken.json --facets off --binary > broken.exi";

/// A stream to read.
#[derive(Args, Clone, Debug)]
pub(crate) struct Decode {
    /// A file, the octets themselves as hex or base64, or `-` for the input [default: the input, if it is no terminal]
    #[arg(value_name = "INPUT")]
    pub(crate) input: Option<String>,
    /// The schema set: sap, din, iso2, iso20_messages, iso20_ac, iso20_dc, iso20_wpt, iso20_acdp or xmldsig
    #[arg(long, value_name = "NAME", value_parser = set)]
    pub(crate) set: Option<&'static SchemaSet>,
    /// An element alone, as signatures have it, and no whole message
    #[arg(long)]
    pub(crate) fragment: bool,
    /// Print JSON (the default)
    #[arg(long, conflicts_with = "xml")]
    pub(crate) json: bool,
    /// Print XML
    #[arg(long)]
    pub(crate) xml: bool,
    /// After the message list each value with its bits
    #[arg(long)]
    pub(crate) spans: bool,
    /// Make it a finding when a length or a range is not as the schema has it; without this it is only told
    #[arg(long)]
    pub(crate) facets: bool,
    /// The input is hex, whatever it looks like
    #[arg(long, conflicts_with = "base64")]
    pub(crate) hex: bool,
    /// The input is base64, whatever it looks like
    #[arg(long)]
    pub(crate) base64: bool,
}

/// A message to write.
#[derive(Args, Clone, Debug)]
pub(crate) struct Encode {
    /// A file with JSON or XML, the text itself, or `-` for the input [default: the input, if it is no terminal]
    #[arg(value_name = "INPUT")]
    pub(crate) input: Option<String>,
    /// The schema set: sap, din, iso2, iso20_messages, iso20_ac, iso20_dc, iso20_wpt, iso20_acdp or xmldsig
    #[arg(long, value_name = "NAME", value_parser = set)]
    pub(crate) set: Option<&'static SchemaSet>,
    /// An element alone, as signatures have it, and no whole message
    #[arg(long)]
    pub(crate) fragment: bool,
    /// Print hex on one line (the default)
    #[arg(long, group = "coding")]
    pub(crate) hex: bool,
    /// Print base64 on one line
    #[arg(long, group = "coding")]
    pub(crate) base64: bool,
    /// Print the octets themselves
    #[arg(long, group = "coding")]
    pub(crate) binary: bool,
    /// Whether the message must be as the schema has it
    #[arg(long, value_enum, default_value = "checked", value_name = "checked|off", hide_possible_values = true)]
    pub(crate) facets: Facets,
    /// Put a V2GTP header in front
    #[arg(long, conflicts_with = "fragment")]
    pub(crate) v2gtp: bool,
}

/// How closely a message is held to its schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Facets {
    /// What the schema does not allow is an error
    Checked,
    /// Lengths and ranges may be anything, and what must be there may be missing
    Off,
}

fn set(name: &str) -> Result<&'static SchemaSet, String> {
    schemas::by_name(name).ok_or_else(|| format!("expected one of {}", schemas::names()))
}
