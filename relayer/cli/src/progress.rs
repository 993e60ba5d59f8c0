use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// Progress bars, drawn from the library's progress events.
#[derive(Clone, Debug)]
pub struct Bars {
    drawn: bool,
    all: MultiProgress,
    bars: Arc<Mutex<HashMap<String, ProgressBar>>>,
}

impl Bars {
    /// Bars that are drawn on stderr, or none at all.
    pub fn new(drawn: bool) -> Self {
        let target = match drawn {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Self {
            drawn,
            all: MultiProgress::with_draw_target(target),
            bars: Arc::default(),
        }
    }

    /// Whether somebody sees them.
    pub fn is_drawn(&self) -> bool {
        self.drawn
    }

    /// Writes something without tearing them.
    pub fn around<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.drawn {
            true => self.all.suspend(write),
            false => write(),
        }
    }

    /// Moves the bar of a step; a step that is done has none.
    fn show(&self, step: &Step) {
        let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
        if step.of > 0 && step.done >= step.of {
            if let Some(bar) = bars.remove(&step.name) {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = bars.entry(step.name.clone()).or_insert_with(|| {
            let bar = self.all.add(ProgressBar::no_length());
            bar.set_message(step.name.clone());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let template = match step.of {
            0 => "{spinner} {msg} {human_pos} {elapsed}",
            _ => "{msg} [{bar:32}] {human_pos} of {human_len}, {eta} left",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        if step.of > 0 {
            bar.set_length(step.of);
        }
        bar.set_position(step.done);
    }
}

/// The fields of a progress event.
#[derive(Debug, Default)]
struct Step {
    name: String,
    done: u64,
    of: u64,
}

impl Visit for Step {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "done" => self.done = value,
            "of" => self.of = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "step" {
            value.clone_into(&mut self.name);
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}

impl<S: Subscriber> Layer<S> for Bars {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut step = Step::default();
        event.record(&mut step);
        self.show(&step);
    }
}
