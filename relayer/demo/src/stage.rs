use serde::Serialize;

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoStep {
    /// What was done.
    pub title: String,
    /// What came of it, as name and value.
    pub facts: Vec<(String, String)>,
}

impl DemoStep {
    /// As a person likes to read it, without a line end.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("* {}", self.title)];
        lines.extend(
            self.facts
                .iter()
                .map(|(name, value)| format!("    {name:<14}{value}")),
        );
        lines.join("\n")
    }
}

/// The whole demonstration.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoReport {
    /// All steps.
    pub steps: Vec<DemoStep>,
    /// Time of the whole in milliseconds.
    pub total_ms: f64,
}

impl DemoReport {
    /// The last line that a person reads.
    pub fn text(&self) -> String {
        format!("done in {:.1} s", self.total_ms / 1_000.0)
    }
}

/// Collects steps and shows each as it is done.
pub(crate) struct Stage<'a> {
    pub steps: Vec<DemoStep>,
    pub show: &'a mut dyn FnMut(&DemoStep) -> std::io::Result<()>,
}

impl Stage<'_> {
    pub fn done(&mut self, title: &str, facts: Vec<(&str, String)>) -> std::io::Result<()> {
        let facts = facts
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let step = DemoStep {
            title: title.to_owned(),
            facts,
        };
        (self.show)(&step)?;
        self.steps.push(step);
        Ok(())
    }
}
