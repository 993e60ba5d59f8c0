use std::io::{self, IsTerminal, Write};

use smartsync_service::Config;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::filter_fn,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    arguments::{Arguments, Command, LogFormat},
    progress::Bars,
};

/// Writes the log to stderr from here on, and draws progress there if somebody looks. Comes back with the log's format.
pub fn start(arguments: &Arguments) -> LogFormat {
    let watching = matches!(arguments.command, Command::Watch { .. });
    // A service says what it does without being asked twice.
    let level = match arguments.verbose.max(u8::from(watching)) {
        0 => "warn",
        1 => "relayer=info,devchain=info,smartsync=info,warn",
        _ => "relayer=debug,devchain=debug,smartsync=debug,info",
    };
    let asked = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let (filter, ignored) = match EnvFilter::try_new(&asked) {
        Ok(filter) if !asked.is_empty() => (filter, None),
        asked => (EnvFilter::new(level), asked.err()),
    };
    let bars = Bars::new(!watching && !arguments.json && io::stderr().is_terminal());
    let format = format(arguments);
    let writer = Stderr {
        bars: bars.clone(),
        // The layer for text escapes what acts on a terminal itself, and colours on its own account.
        escapes: matches!(format, LogFormat::Json),
    };
    // A log that cannot be written, because its disk is full, must not end the service: the layer would complain on the
    // same stderr, and panic.
    let log = match format {
        LogFormat::Text => fmt::layer()
            .with_ansi(io::stderr().is_terminal())
            .with_writer(writer)
            .log_internal_errors(false)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(writer)
            .log_internal_errors(false)
            .boxed(),
    };
    let progress = bars.clone().with_filter(filter_fn(|metadata| {
        metadata.target() == smartsync_chain::PROGRESS
    }));
    let ours = filter_fn(|metadata| is_ours(metadata.target()));
    tracing_subscriber::registry()
        .with(log.with_filter(ours).with_filter(filter))
        .with(bars.is_drawn().then_some(progress))
        .init();
    if let Some(problem) = ignored {
        tracing::warn!("{} is ignored: {problem}", EnvFilter::DEFAULT_ENV);
    }
    format
}

/// Whether an event is this program's own. Libraries log addresses of nodes, headers and whole answers, some of them secret;
/// what goes wrong in them comes back as an error.
fn is_ours(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or_default();
    // `stylus`: what programs on a dev chain write to their console.
    matches!(name, "relayer" | "devchain" | "stylus") || name.starts_with("smartsync")
}

/// By option, environment or configuration. A configuration that cannot be read is reported by the command itself.
fn format(arguments: &Arguments) -> LogFormat {
    let configured = || match &arguments.command {
        Command::Watch {
            config: Some(path), ..
        } => Config::load(path).ok().and_then(|config| config.log_format),
        _ => None,
    };
    let of_config = |format| match format {
        smartsync_service::LogFormat::Text => LogFormat::Text,
        smartsync_service::LogFormat::Json => LogFormat::Json,
    };
    arguments
        .log_format
        .or_else(|| configured().map(of_config))
        .unwrap_or(LogFormat::Text)
}

/// Standard error, around progress bars.
#[derive(Clone, Debug)]
struct Stderr {
    bars: Bars,
    /// Whether it escapes what is somebody else's text.
    escapes: bool,
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.escapes {
            return self.bars.around(|| io::stderr().write(bytes));
        }
        // The layer writes whole lines.
        let line = smartsync_chain::escaped_json(&String::from_utf8_lossy(bytes));
        self.bars
            .around(|| io::stderr().write_all(line.as_bytes()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
