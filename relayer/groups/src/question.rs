use std::collections::BTreeSet;

use alloy::{
    dyn_abi::{DynSolType, DynSolValue, FunctionExt, JsonAbiExt},
    json_abi::{Function, JsonAbi, StateMutability},
};
use alloy_primitives::{Address, Bytes, hex};
use smartsync_chain::AddressProblem;
use smartsync_execution::Read;

/// What somebody wants to read.
#[derive(Clone, Debug)]
pub struct Question {
    /// The call.
    pub read: Read,
    /// The function, where it is known.
    pub function: Option<Function>,
}

/// A question that cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// No signature.
    #[error("`{text}` is not a function such as `balanceOf(address)(uint256)`: {problem}")]
    Signature {
        /// What was given.
        text: String,
        /// What is wrong.
        problem: String,
    },
    /// Too few or too many arguments.
    #[error("{function} takes {expected} arguments, {got} are given")]
    ArgumentCount {
        /// The function.
        function: String,
        /// How many it takes.
        expected: usize,
        /// How many are given.
        got: usize,
    },
    /// An argument is not of its type.
    #[error("{function}: `{text}` is not of the type {kind}: {problem}")]
    Argument {
        /// The function.
        function: String,
        /// What was given.
        text: String,
        /// What it should be.
        kind: String,
        /// What is wrong.
        problem: String,
    },
    /// Not calldata.
    #[error("`{0}` is not calldata: hexadecimal bytes behind 0x")]
    Calldata(String),
    /// Not the ABI of a contract.
    #[error("not an ABI: {0}")]
    Abi(serde_json::Error),
    /// A quote that does not end.
    #[error("`{0}`: a quote does not end")]
    Quote(String),
}

impl Question {
    /// A function and its arguments as text: `sig(types)` or `sig(types)(returns)`, or calldata that begins with 0x.
    pub fn parse(
        to: Address,
        from: Address,
        signature: &str,
        arguments: &[String],
    ) -> Result<Self, QuestionError> {
        if let Some(digits) = signature.strip_prefix("0x") {
            let data = hex::decode(digits)
                .ok()
                .filter(|_| arguments.is_empty())
                .ok_or_else(|| QuestionError::Calldata(signature.to_owned()))?;
            let read = Read {
                from,
                to,
                data: data.into(),
            };
            return Ok(Self {
                read,
                function: None,
            });
        }
        let function = function(signature)?;
        let name = function.signature();
        if function.inputs.len() != arguments.len() {
            return Err(QuestionError::ArgumentCount {
                function: name,
                expected: function.inputs.len(),
                got: arguments.len(),
            });
        }
        let mut values = Vec::new();
        for (input, text) in function.inputs.iter().zip(arguments) {
            let kind = input.selector_type().into_owned();
            let refused = |problem: String| QuestionError::Argument {
                function: name.clone(),
                text: text.clone(),
                kind: kind.clone(),
                problem: in_one_line(&problem),
            };
            let value = DynSolType::parse(&kind)
                .and_then(|parsed| parsed.coerce_str(text))
                .map_err(|problem| refused(problem.to_string()))?;
            check_addresses(&value, text).map_err(|problem| refused(problem.to_string()))?;
            values.push(value);
        }
        Self::encoded(to, from, function, &values)
    }

    /// One from a line of a file: a function with arguments, in quotes where they hold blanks, or calldata. `None` for an empty line and one that begins
    /// with `#`.
    pub fn of_line(to: Address, from: Address, line: &str) -> Result<Option<Self>, QuestionError> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let mut words = words(line)?.into_iter();
        let signature = words.next().unwrap_or_default();
        Self::parse(to, from, &signature, &words.collect::<Vec<_>>()).map(Some)
    }

    /// All views without arguments of a contract's ABI: JSON, by itself or as `abi` of a compiler's output.
    pub fn all_of_abi(to: Address, from: Address, json: &str) -> Result<Vec<Self>, QuestionError> {
        let value: serde_json::Value = serde_json::from_str(json).map_err(QuestionError::Abi)?;
        let abi = value.get("abi").cloned().unwrap_or(value);
        let abi: JsonAbi = serde_json::from_value(abi).map_err(QuestionError::Abi)?;
        abi.functions()
            .filter(|function| {
                function.inputs.is_empty()
                    && matches!(
                        function.state_mutability,
                        StateMutability::View | StateMutability::Pure
                    )
            })
            .map(|function| Self::encoded(to, from, function.clone(), &[]))
            .collect()
    }

    /// The same question of another contract.
    pub(crate) fn asked_of(&self, to: Address) -> Self {
        let read = Read {
            to,
            ..self.read.clone()
        };
        Self {
            read,
            function: self.function.clone(),
        }
    }

    fn encoded(
        to: Address,
        from: Address,
        function: Function,
        values: &[DynSolValue],
    ) -> Result<Self, QuestionError> {
        let data =
            function
                .abi_encode_input(values)
                .map_err(|problem| QuestionError::Signature {
                    text: function.signature(),
                    problem: problem.to_string(),
                })?;
        Ok(Self {
            read: Read {
                from,
                to,
                data: Bytes::from(data),
            },
            function: Some(function),
        })
    }

    /// The answer's values as text; `None` where the types are not known or the answer does not begin with their encoding.
    pub fn decode(&self, answer: &[u8]) -> Option<Vec<String>> {
        let function = self.function.as_ref().filter(|_| self.has_types())?;
        let values = function.abi_decode_output(answer).ok()?;
        // alloy takes what does not fit a type, some of it cut off: 2 would be `true`, and 300 a `uint8`.
        let encoded = function.abi_encode_output(&values).ok()?;
        let is_whole = answer.starts_with(&encoded) && values.iter().all(fits);
        is_whole.then(|| values.iter().map(show).collect())
    }

    /// Whether the types of the answer are known.
    pub(crate) fn has_types(&self) -> bool {
        let function = self.function.as_ref();
        function.is_some_and(|function| !function.outputs.is_empty())
    }
}

/// `sig(types)(returns)` as the human-readable ABI has it.
fn function(text: &str) -> Result<Function, QuestionError> {
    let wrong = |problem: String| QuestionError::Signature {
        text: text.to_owned(),
        problem,
    };
    let mut depth = 0_usize;
    let end = text.char_indices().find_map(|(at, character)| {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        None
    });
    let (inputs, outputs) = text.split_at(end.ok_or_else(|| wrong("no parentheses".to_owned()))?);
    let outputs = outputs.trim();
    let whole = match outputs {
        "" => format!("function {inputs} view"),
        outputs if outputs.starts_with('(') => {
            format!("function {inputs} view returns {outputs}")
        }
        others => format!("function {inputs} {others}"),
    };
    Function::parse(&whole).map_err(|problem| wrong(in_one_line(&problem.to_string())))
}

/// Refuses a text in which an address of the value has a wrong checksum, or no `0x`, as all other addresses are: alloy's coercion looks at the digits only.
fn check_addresses(value: &DynSolValue, text: &str) -> Result<(), AddressProblem> {
    let mut addresses = BTreeSet::new();
    collect_addresses(value, &mut addresses);
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    for word in words {
        if let Ok(address) = word.parse::<Address>()
            && addresses.contains(&address)
        {
            smartsync_chain::address(word)?;
        }
    }
    Ok(())
}

fn collect_addresses(value: &DynSolValue, addresses: &mut BTreeSet<Address>) {
    match value {
        DynSolValue::Address(address) => _ = addresses.insert(*address),
        DynSolValue::Array(values)
        | DynSolValue::FixedArray(values)
        | DynSolValue::Tuple(values) => {
            for value in values {
                collect_addresses(value, addresses);
            }
        }
        _ => {}
    }
}

/// Whether a value is in the range of its type.
fn fits(value: &DynSolValue) -> bool {
    match value {
        DynSolValue::Uint(number, bits) => number.bit_len() <= *bits,
        // With the sign.
        DynSolValue::Int(number, bits) => {
            usize::try_from(number.bits()).is_ok_and(|got| got <= *bits)
        }
        DynSolValue::FixedBytes(word, size) => word.iter().skip(*size).all(|byte| *byte == 0),
        DynSolValue::Array(values)
        | DynSolValue::FixedArray(values)
        | DynSolValue::Tuple(values) => values.iter().all(fits),
        _ => true,
    }
}

/// The parser draws where it stopped, on several lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn words(line: &str) -> Result<Vec<String>, QuestionError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut begun) = (None, false);
    for character in line.chars() {
        match quote {
            Some(end) if character == end => quote = None,
            Some(_) => word.push(character),
            None if matches!(character, '"' | '\'') => {
                quote = Some(character);
                begun = true;
            }
            None if character.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            None => {
                word.push(character);
                begun = true;
            }
        }
    }
    if quote.is_some() {
        return Err(QuestionError::Quote(line.to_owned()));
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}

/// A value as people write it.
fn show(value: &DynSolValue) -> String {
    let list = |values: &[DynSolValue], [open, close]: [char; 2]| {
        let all: Vec<String> = values.iter().map(show).collect();
        format!("{open}{}{close}", all.join(", "))
    };
    match value {
        DynSolValue::Bool(bool) => bool.to_string(),
        DynSolValue::Int(number, _) => number.to_string(),
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::FixedBytes(word, size) => {
            hex::encode_prefixed(word.get(..*size).unwrap_or(word.as_slice()))
        }
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::Function(function) => function.to_string(),
        DynSolValue::Bytes(bytes) => hex::encode_prefixed(bytes),
        // Text of strangers must not move the cursor.
        DynSolValue::String(text) => format!("{text:?}"),
        DynSolValue::Array(values) | DynSolValue::FixedArray(values) => list(values, ['[', ']']),
        DynSolValue::Tuple(values) => list(values, ['(', ')']),
        // Structs by name, where another crate turns alloy's EIP-712 on.
        #[allow(unreachable_patterns)]
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{U256, address, bytes, keccak256};

    const TO: Address = address!("00000000000000000000000000000000000000aa");

    fn ask(signature: &str, arguments: &[&str]) -> Result<Question, QuestionError> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        Question::parse(TO, Address::ZERO, signature, &arguments)
    }

    #[test]
    fn calldata_is_the_selector_and_the_arguments_as_the_abi_encodes_them() {
        let who = "0x00000000000000000000000000000000000000bb";
        let question = ask("balanceOf(address)(uint256)", &[who]).expect("a question");
        let mut expected = keccak256("balanceOf(address)")[..4].to_vec();
        expected.extend([0; 31]);
        expected.push(0xbb);
        assert_eq!(question.read.data, expected);
        let word = U256::from(7).to_be_bytes::<32>();
        assert_eq!(question.decode(&word), Some(vec!["7".to_owned()]));
        assert_eq!(question.decode(&word[1..]), None);
    }

    #[test]
    fn an_answer_that_is_not_of_the_types_that_were_given_is_not_shown_as_if_it_were() {
        let word = |number: u64| U256::from(number).to_be_bytes::<32>();
        let shown = |types: &str, answer: &[u8]| {
            let question = ask(&format!("f(){types}"), &[]).expect("a question");
            question.decode(answer).map(|values| values.join(" "))
        };
        let all = U256::MAX.to_be_bytes::<32>();
        for (types, answer, expected) in [
            ("(uint8)", &word(255)[..], Some("255")),
            ("(uint8)", &word(256), None),
            ("(bool)", &word(1), Some("true")),
            ("(bool)", &word(2), None),
            ("(int8)", &all, Some("-1")),
            ("(int8)", &word(128), None),
            ("(address)", &all, None),
            ("(bytes4)", &word(1), None),
            ("(uint8[])", &[], None),
            // More than was asked for, as where a function has got another answer.
            ("(uint8)", &[word(7), word(8)].concat(), Some("7")),
            ("(uint8[])", &[word(32), word(0)].concat(), Some("[]")),
            ("(uint8[])", &[word(32), word(u64::MAX)].concat(), None),
            ("(uint8,uint8)", &word(7), None),
        ] {
            assert_eq!(
                shown(types, answer).as_deref(),
                expected,
                "{types} {answer:?}"
            );
        }
    }

    #[test]
    fn tuples_arrays_and_text_are_read_and_shown() {
        let question = ask(
            "f((uint256,bool)[],string)((address,string)[])",
            &["[(1,true),(2,false)]", "a b"],
        )
        .expect("a question");
        assert_eq!(
            question.read.data[..4],
            keccak256("f((uint256,bool)[],string)")[..4]
        );
        assert_eq!(question.read.data.len(), 4 + 32 * (2 + 1 + 4 + 2));
        let escape = DynSolValue::Array(vec![DynSolValue::Tuple(vec![
            DynSolValue::Address(Address::ZERO),
            DynSolValue::String("\u{1b}[2J".to_owned()),
        ])]);
        assert_eq!(
            show(&escape),
            "[(0x0000000000000000000000000000000000000000, \"\\u{1b}[2J\")]"
        );
    }

    #[test]
    fn what_is_no_question_is_refused_by_what_is_wrong_with_it() {
        use QuestionError as E;
        assert!(matches!(ask("balanceOf", &[]), Err(E::Signature { .. })));
        assert!(matches!(ask("f(", &[]), Err(E::Signature { .. })));
        assert!(matches!(ask("f)(", &[]), Err(E::Signature { .. })));
        assert!(matches!(
            ask("f(uint256)", &[]),
            Err(E::ArgumentCount {
                expected: 1,
                got: 0,
                ..
            })
        ));
        assert!(matches!(ask("f(uint8)", &["256"]), Err(E::Argument { .. })));
        assert!(matches!(ask("0x1", &[]), Err(E::Calldata(_))));
        assert!(matches!(ask("0x12", &["1"]), Err(E::Calldata(_))));
    }

    #[test]
    fn an_address_with_a_wrong_checksum_is_refused_and_one_in_lower_case_is_not() {
        // From EIP-55; then one letter of another case, and no 0x.
        let right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        let wrong = "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
        for text in [right, &right.to_lowercase()] {
            let nested = format!("[({text},1)]");
            assert!(ask("f(address)", &[text]).is_ok(), "{text}");
            assert!(ask("f((address,uint256)[])", &[&nested]).is_ok(), "{text}");
        }
        for text in [wrong, &right[2..]] {
            let nested = format!("[({right},1),({text},2)]");
            for asked in [
                ask("f(address)", &[text]),
                ask("f((address,uint256)[])", &[&nested]),
            ] {
                assert!(
                    matches!(asked, Err(QuestionError::Argument { .. })),
                    "{text}"
                );
            }
        }
        // What is no address is not one.
        assert!(ask("f(bytes20,string)", &[wrong, wrong]).is_ok());
    }

    #[test]
    fn a_file_has_one_question_a_line() {
        let line = |line| Question::of_line(TO, Address::ZERO, line);
        assert!(line("  ").expect("fine").is_none());
        assert!(line("# text").expect("fine").is_none());
        let named = line("text(string,uint256) \"a b\" 1")
            .expect("fine")
            .expect("one");
        let expected = ask("text(string,uint256)", &["a b", "1"]).expect("a question");
        assert_eq!(named.read, expected.read);
        assert_eq!(
            line("0x01020304").expect("fine").expect("one").read.data,
            bytes!("01020304")
        );
        assert!(matches!(
            line("f(string) \"a"),
            Err(QuestionError::Quote(_))
        ));
    }

    #[test]
    fn of_an_abi_all_views_without_arguments_are_asked() {
        let abi = r#"{"abi": [
            {"type": "function", "name": "a", "inputs": [], "outputs": [{"name": "", "type": "uint256"}], "stateMutability": "view"},
            {"type": "function", "name": "b", "inputs": [{"name": "", "type": "uint256"}], "outputs": [], "stateMutability": "view"},
            {"type": "function", "name": "c", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
            {"type": "function", "name": "d", "inputs": [], "outputs": [], "stateMutability": "pure"}
        ]}"#;
        let questions = Question::all_of_abi(TO, Address::ZERO, abi).expect("an ABI");
        let names: Vec<&str> = questions
            .iter()
            .filter_map(|question| Some(question.function.as_ref()?.name.as_str()))
            .collect();
        assert_eq!(names, ["a", "d"]);
        assert!(Question::all_of_abi(TO, Address::ZERO, "[").is_err());
    }
}
