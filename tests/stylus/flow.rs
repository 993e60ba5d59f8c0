//! Metering against another way of counting: random programs are walked statement by statement, adding up what each
//! executed operator costs and one check whenever a block begins.

use crate::world::{World, ink, module};

/// A statement; nothing is left on the stack after it.
enum Statement {
    /// So many times `nop`.
    Nops(u64),
    /// An addition whose result is dropped.
    Add,
    /// `block`, left by its end.
    Block(Vec<Statement>),
    /// `block`, left by a branch at its end.
    Broken(Vec<Statement>),
    /// `if` on a constant, with or without `else`.
    If(bool, Vec<Statement>, Option<Vec<Statement>>),
    /// A loop that runs so many times, counted in the local of its depth.
    Loop(u64, Vec<Statement>),
    /// A call of a function with a lower index.
    Call(usize),
    /// `return`, behind a constant condition that is not met (or is).
    Return(bool),
}

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn body(&mut self, depth: usize, callees: usize) -> Vec<Statement> {
        (0..self.roll(4))
            .map(|_| self.statement(depth, callees))
            .collect()
    }

    fn statement(&mut self, depth: usize, callees: usize) -> Statement {
        let kinds = if depth < 4 { 8 } else { 2 };
        match self.roll(kinds) {
            0 => Statement::Nops(self.roll(4)),
            1 => Statement::Add,
            2 => Statement::Block(self.body(depth + 1, callees)),
            3 => Statement::Broken(self.body(depth + 1, callees)),
            4 => {
                let otherwise = (self.roll(2) == 0).then(|| self.body(depth + 1, callees));
                Statement::If(self.roll(2) == 0, self.body(depth + 1, callees), otherwise)
            }
            5 => Statement::Loop(1 + self.roll(3), self.body(depth + 1, callees)),
            6 if callees > 0 => Statement::Call(self.roll(callees as u64) as usize),
            _ => Statement::Return(self.roll(12) == 0),
        }
    }
}

/// Writes statements as WAT. The counter of a loop is the local named by its depth.
fn write(body: &[Statement], depth: usize) -> String {
    let text = |statement: &Statement| {
        match statement {
        Statement::Nops(count) => "nop ".repeat(*count as usize),
        Statement::Add => "(drop (i32.add (i32.const 1) (i32.const 2)))".into(),
        Statement::Block(body) => format!("(block {})", write(body, depth + 1)),
        Statement::Broken(body) => format!("(block {} (br 0))", write(body, depth + 1)),
        Statement::If(condition, then, otherwise) => {
            let otherwise =
                otherwise.as_ref().map(|body| format!("(else {})", write(body, depth + 1)));
            let (condition, then) = (u8::from(*condition), write(then, depth + 1));
            format!("(if (i32.const {condition}) (then {then}) {})", otherwise.unwrap_or_default())
        }
        Statement::Loop(count, body) => format!(
            "(local.set $i{depth} (i32.const {count}))
             (loop {} (br_if 0 (local.tee $i{depth} (i32.sub (local.get $i{depth}) (i32.const 1)))))",
            write(body, depth + 1)
        ),
        Statement::Call(index) => format!("(call $f{index})"),
        Statement::Return(taken) => format!("(if (i32.const {}) (then return))", u8::from(*taken)),
    }
    };
    body.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Walks a program and adds up.
struct Walk<'a> {
    functions: &'a [Vec<Statement>],
    ink: u64,
    in_block: bool,
}

impl Walk<'_> {
    /// One executed operator.
    fn step(&mut self, cost: u64, ends_block: bool) {
        if !self.in_block {
            self.ink += 2_450;
        }
        self.ink += cost;
        self.in_block = !ends_block;
    }

    fn function(&mut self, index: usize) {
        let functions = self.functions;
        if self.body(&functions[index]) {
            self.step(1, true);
        }
    }

    /// False if the function returned.
    fn body(&mut self, body: &[Statement]) -> bool {
        body.iter().all(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Statement) -> bool {
        match statement {
            Statement::Nops(count) => (0..*count).for_each(|_| self.step(1, false)),
            Statement::Add => [1, 1, 70, 9]
                .into_iter()
                .for_each(|cost| self.step(cost, false)),
            Statement::Block(body) => {
                self.step(1, false);
                if !self.body(body) {
                    return false;
                }
                self.step(1, true);
            }
            Statement::Broken(body) => {
                self.step(1, false);
                if !self.body(body) {
                    return false;
                }
                self.step(765, true);
            }
            Statement::If(condition, then, otherwise) => {
                self.step(1, false);
                self.step(765, true);
                let branch = if *condition {
                    Some(then)
                } else {
                    otherwise.as_ref()
                };
                if let Some(branch) = branch {
                    if !self.body(branch) {
                        return false;
                    }
                    // `else` after the first of two branches, `end` after the second or the only one
                    self.step(1, true);
                }
            }
            Statement::Loop(count, body) => {
                self.step(1, false);
                self.step(210, false);
                self.step(1, true);
                for _ in 0..*count {
                    if !self.body(body) {
                        return false;
                    }
                    [75, 1, 70, 75]
                        .into_iter()
                        .for_each(|cost| self.step(cost, false));
                    self.step(765, true);
                }
                self.step(1, true);
            }
            Statement::Call(index) => {
                self.step(3_800, true);
                self.function(*index);
            }
            Statement::Return(taken) => {
                self.step(1, false);
                self.step(765, true);
                if *taken {
                    self.step(1, true);
                    return false;
                }
            }
        }
        true
    }
}

#[test]
fn ink_is_the_sum_over_executed_operators_whatever_the_control_flow() {
    let mut dice = Dice(0x5eed_1234_abcd_9876);
    let mut most = 0;
    for round in 0..200 {
        let functions: Vec<_> = (0..4)
            .map(|index| (0..4).map(|_| dice.statement(0, index)).collect::<Vec<_>>())
            .collect();
        let locals: String = (0..=5)
            .map(|depth| format!("(local $i{depth} i32) "))
            .collect();
        let mut fields = String::new();
        for (index, body) in functions.iter().enumerate() {
            fields += &format!("(func $f{index} {locals} {})\n", write(body, 0));
        }
        fields +=
            r#"(func (export "user_entrypoint") (param i32) (result i32) (call $f3) i32.const 0)"#;
        let mut walk = Walk {
            functions: &functions,
            ink: 0,
            in_block: false,
        };
        walk.step(3_800, true);
        walk.function(3);
        walk.step(1, false);
        walk.step(1, true);
        assert_eq!(
            ink(&module(&fields), &mut World::default(), &[]),
            walk.ink,
            "round {round}:\n{fields}"
        );
        most = most.max(walk.ink);
    }
    assert!(
        most > 1_000_000,
        "the programs are too small to show anything: {most}"
    );
}
