//! A scene, asked three times: with nothing but mirrors of the contracts, with all that can be proven, and by proven calls, which need no mirror.

use std::collections::BTreeSet;

use alloy_sol_types::SolInterface;
use smartsync_abi::IReader::IReaderErrors as Reason;
use smartsync_tests::{
    Stage,
    packages::{Contract, Scene, View},
};

use crate::{
    asking::{self, Answer, At, Compared, READER},
    proving::Proving,
    reason::{is_right, name, reads_gas},
    report::{Row, Tally},
    standing::Standing,
};

/// What was found of a scene's contracts.
pub async fn examine(
    scene_name: &'static str,
    stage: &Stage,
    scene: &Scene,
    sets: usize,
) -> Vec<Row> {
    asking::readers(stage).await;
    let mut contracts: Vec<(&Contract, Vec<View>)> = Vec::new();
    for contract in &scene.contracts {
        contracts.push((contract, scene.views(contract, sets).await));
    }
    let mut standing = Standing::of(stage, scene).await;
    let (block, source, target) = (
        standing.block,
        At::source(stage, standing.block),
        At::target(stage),
    );
    let (mut rows, mut at_home) = (Vec::new(), Vec::new());
    for (contract, views) in &contracts {
        let functions: BTreeSet<&str> = views.iter().map(|view| view.function.as_str()).collect();
        let mut row = Row {
            scene: scene_name,
            contract: contract.name.clone(),
            package: contract.package,
            functions: functions.len(),
            calls: views.len(),
            ..Row::default()
        };
        let proxy = standing.proxy(contract.address);
        let mut answered = BTreeSet::new();
        let mut answers: Vec<Answer> = Vec::new();
        for view in views {
            let expected = source.statically(view.to, &view.data).await;
            answers.push(expected.clone());
            if expected.0 {
                answered.insert(view.function.as_str());
            }
            let compared = Compared {
                way: "STATICCALL",
                from: READER,
                expected,
                got: target.statically(proxy, &view.data).await,
                is_answer: None,
            };
            row.alone
                .count(judge(stage, block, view, &[compared]).await);
        }
        row.reverting = functions
            .difference(&answered)
            .map(|function| (*function).to_owned())
            .collect();
        rows.push(row);
        at_home.push(answers);
    }
    for (((contract, views), answers), row) in contracts.iter().zip(&at_home).zip(&mut rows) {
        let proxy = standing.proxy(contract.address);
        for (view, expected) in views.iter().zip(answers) {
            // What is missing is provided, as the error says it.
            let answers = loop {
                let answers = asking::all(stage, block, proxy, view, expected).await;
                match answers.iter().find_map(Compared::error) {
                    Some(missing) if standing.provide(&missing).await => {}
                    _ => break answers,
                }
            };
            row.complete
                .count(judge(stage, block, view, &answers).await);
        }
    }
    let proving = Proving::at(stage, block).await;
    for (((_, views), answers), row) in contracts.iter().zip(at_home).zip(&mut rows) {
        for (view, compared) in views.iter().zip(proving.all(views, answers).await) {
            row.proven
                .count(judge(stage, block, view, &[compared]).await);
        }
    }
    rows
}

/// Nothing if all answers are equal, the name of the typed error if there is one and it is right, else what differs.
async fn judge(
    stage: &Stage,
    block: u64,
    view: &View,
    answers: &[Compared],
) -> Result<Option<String>, String> {
    let mut error = None;
    for compared in answers {
        if compared.is_equal() {
            continue;
        }
        let right = match compared.error() {
            Some(reason) if is_right(stage, block, view, compared.from, &reason).await => {
                name(&reason)
            }
            None if compared.is_alike() && reads_gas(stage, block, view, compared.from).await => {
                "GAS".to_owned()
            }
            _ => {
                let Compared {
                    way,
                    from,
                    expected,
                    got,
                    ..
                } = compared;
                let (function, to, data) = (&view.function, view.to, &view.data);
                return Err(format!(
                    "{to}.{function} by {way} of {from} with {data}: {expected:?} at home, {got:?} here"
                ));
            }
        };
        error = Some(right);
    }
    Ok(error)
}

impl Compared {
    /// Whether the target's answer is the source's.
    fn is_equal(&self) -> bool {
        self.is_answer != Some(false) && self.expected == self.got
    }

    /// Whether both answer, with as many bytes.
    fn is_alike(&self) -> bool {
        self.expected.0 == self.got.0 && self.expected.1.len() == self.got.1.len()
    }

    /// The typed error that the target answers with where the source answers something else.
    fn error(&self) -> Option<Reason> {
        if self.is_equal() || self.is_answer == Some(true) || self.got.0 {
            return None;
        }
        Reason::abi_decode(&self.got.1).ok()
    }
}

impl Tally {
    fn count(&mut self, found: Result<Option<String>, String>) {
        match found {
            Ok(None) => self.equal += 1,
            Ok(Some(error)) => *self.errors.entry(error).or_default() += 1,
            Err(other) => self.others.push(other),
        }
    }
}
