use assay_base::text::printable;
use comfy_table::presets;

use super::lines::{inset, one_line};

/// What a piece of text means to its reader; colour where there is a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing special.
    Plain,
    /// A heading.
    Strong,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Look at this.
    Warn,
    /// Less important.
    Dim,
}

impl Tone {
    /// The tone of a status, verdict, decision or state.
    pub(crate) fn of_status(status: &str) -> Self {
        match status {
            "passed" | "compliant" | "pass" | "healthy" | "delivered" => Self::Good,
            "violated" | "non_compliant" | "fail" | "failed" | "dead" | "unhealthy" => Self::Bad,
            "error" | "inconclusive" | "expired" | "cancelled" => Self::Warn,
            "skipped" => Self::Dim,
            _ => Self::Plain,
        }
    }

    pub(super) fn paint(self, text: &str, colour: bool) -> String {
        // SGR parameters (ECMA-48, section 8.3.117).
        let code = match self {
            Self::Plain => return text.to_owned(),
            _ if !colour || text.is_empty() => return text.to_owned(),
            Self::Strong => "1",
            Self::Good => "32",
            Self::Bad => "1;31",
            Self::Warn => "33",
            Self::Dim => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// The human form of an answer: lines, fields and tables, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
enum Block {
    Line(Tone, String),
    Fields(Vec<(String, Tone, String)>),
    Table(Table),
    Text(String),
}

impl View {
    /// An empty view.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// And a line.
    #[must_use]
    pub(crate) fn line(self, text: impl AsRef<str>) -> Self {
        self.toned(Tone::Plain, text)
    }

    /// And a line with a meaning. What has several lines of its own is set in under the first one.
    #[must_use]
    pub(crate) fn toned(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        self.blocks.push(Block::Line(tone, inset(text.as_ref())));
        self
    }

    /// And a heading, with an empty line before it.
    #[must_use]
    pub(crate) fn heading(mut self, text: &str) -> Self {
        if !self.blocks.is_empty() {
            self = self.line("");
        }
        self.toned(Tone::Strong, text)
    }

    /// And a name with its value; fields that follow each other are aligned.
    #[must_use]
    pub(crate) fn field(self, name: &str, value: impl ToString) -> Self {
        self.toned_field(name, Tone::Plain, value)
    }

    /// And a name with its value that has a meaning.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a value that is written out reads better than a reference to it"
    )]
    pub(crate) fn toned_field(mut self, name: &str, tone: Tone, value: impl ToString) -> Self {
        let field = (one_line(name), tone, one_line(&value.to_string()));
        match self.blocks.last_mut() {
            Some(Block::Fields(fields)) => fields.push(field),
            _ => self.blocks.push(Block::Fields(vec![field])),
        }
        self
    }

    /// And a name with its value, when there is one.
    #[must_use]
    pub(crate) fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// And a table.
    #[must_use]
    pub(crate) fn table(mut self, table: Table) -> Self {
        self.blocks.push(Block::Table(table));
        self
    }

    /// And a text of several lines as it is, but for what could steer a terminal.
    #[must_use]
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.blocks.push(Block::Text(printable(text)));
        self
    }

    /// And another view.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.blocks.extend(other.blocks);
        self
    }

    pub(super) fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            block.render(colour, &mut out);
        }
        out
    }
}

impl Block {
    fn render(&self, colour: bool, out: &mut String) {
        match self {
            Self::Line(tone, text) => out.push_str(&tone.paint(text, colour)),
            Self::Text(text) => out.push_str(text.trim_end_matches('\n')),
            Self::Table(table) => out.push_str(&table.render()),
            Self::Fields(fields) => {
                let width = fields.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
                let line = |(name, tone, value): &(String, Tone, String)| {
                    let gap = " ".repeat(width.saturating_sub(name.chars().count()));
                    format!("{name}:{gap} {}", tone.paint(value, colour))
                };
                out.push_str(&fields.iter().map(line).collect::<Vec<_>>().join("\n"));
            }
        }
        out.push('\n');
    }
}

/// A table without borders: columns under capital headings.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings and no rows.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one text for each heading.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| one_line(&cell)).collect());
    }

    fn render(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(self.headings.clone());
        for row in &self.rows {
            table.add_row(row.clone());
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 3));
        }
        table.trim_fmt()
    }
}

/// What a cell shows for a value that may be absent.
pub(crate) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_do_not_steer_the_terminal() {
        let mut table = Table::new(&["NAME", "VALUE"]);
        table.row(["a".to_owned(), "\u{1b}[2Jx\u{202e}".to_owned()]);
        let view = View::new().line("\u{7}").field("k", "\u{1b}]0;t").table(table).text("\u{9b}y");
        for colour in [false, true] {
            let text = view.render(colour);
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{text:?}");
        }
        let view = View::new().field("\u{1b}[2K", "v").field("a\u{202e}", 1);
        assert_eq!(view.render(false), "\\u{1b}[2K: v\na\\u{202e}: 1\n");
        assert!(View::new().toned(Tone::Bad, "x").render(true).contains("\u{1b}[1;31mx"));
    }

    #[test]
    fn strangers_do_not_begin_a_line() {
        const FORGED: &str = "x\nVerdict: compliant\r\nVerdict: compliant";
        let mut table = Table::new(&["NAME", "VALUE"]);
        table.row([FORGED.to_owned(), FORGED.to_owned()]);
        let view = View::new().line(FORGED).toned(Tone::Bad, format!("    {FORGED}")).heading(FORGED);
        let text = view.field("k", FORGED).field(FORGED, "v").table(table).render(false);
        assert!(!text.lines().any(|line| line.starts_with("Verdict")), "{text}");
        assert!(text.contains("\n      Verdict: compliant"), "under its own line: {text}");
    }

    #[test]
    fn columns_and_fields_are_aligned() {
        let mut table = Table::new(&["A", "B"]);
        table.row(["long".to_owned(), "1".to_owned()]);
        let text = View::new().field("a", 1).field("long", 2).table(table).render(false);
        assert_eq!(text, "a:    1\nlong: 2\nA      B\nlong   1\n");
    }
}
