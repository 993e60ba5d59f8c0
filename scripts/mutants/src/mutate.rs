use std::collections::BTreeSet;

use proc_macro2::{Literal, Span};
use quote::{ToTokens, quote};
use syn::{
    Attribute, BinOp, Block, Expr, ExprConst, ExprMethodCall, File, GenericArgument, Ident,
    ImplItemConst, ImplItemFn, Item, ItemConst, ItemFn, ItemMod, ItemStatic, Lit, LitInt, Macro,
    Pat, Path, ReturnType, Stmt, TraitItemConst, Type, UnOp, parse_quote,
    visit_mut::{self, VisitMut},
};

/// Names of the constants that are counts, sizes and times: `u64`, `u32`, `u16` and `usize`.
pub fn constants<'a>(files: impl Iterator<Item = &'a File>) -> BTreeSet<String> {
    files
        .flat_map(|file| &file.items)
        .filter_map(|item| match item {
            Item::Const(item) => Some(item),
            _ => None,
        })
        .filter(|item| ["u64", "u32", "u16", "usize"].contains(&text(&item.ty).as_str()))
        .map(|item| item.ident.to_string())
        .collect()
}

/// What is changed.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Depth {
    /// Conditions, operators that compare, statements, arms, answers, constants.
    Flow,
    /// Each number and each operator besides, where code computes.
    Arithmetic,
}

/// Writes mutants into a file, each behind its number.
pub struct Mutate<'a> {
    pub number: u32,
    pub mutants: Vec<(u32, String)>,
    constants: &'a BTreeSet<String>,
    depth: Depth,
    function: String,
}

/// Source text, as it would be written, cut to a length that a table bears.
fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" . ", "."),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" ?", "?"),
        (" ;", ";"),
        (" ,", ","),
        ("& ", "&"),
        (" ::", "::"),
        (":: ", "::"),
        ("! ", "!"),
        (" { }", " {}"),
        ("& &", "&&"),
        (" &&", " && "),
        ("&&  ", "&& "),
        (" ||(", " || ("),
        (" !(", "!("),
        (" : ", ": "),
        (" .. ", ".."),
        ("* ", "*"),
    ] {
        text = text.replace(from, to);
    }
    text.chars().take(110).collect()
}

impl<'a> Mutate<'a> {
    pub fn new(number: u32, constants: &'a BTreeSet<String>, depth: Depth) -> Self {
        Self {
            number,
            mutants: Vec::new(),
            constants,
            depth,
            function: String::new(),
        }
    }

    /// The condition under which the next mutant is alive.
    fn next(&mut self, key: String) -> Expr {
        self.number += 1;
        self.mutants
            .push((self.number, format!("{}: {key}", self.function)));
        let number = self.number;
        parse_quote!(crate::mutant::alive(#number))
    }

    /// A call of a method that computes, or of the other one.
    fn method(&mut self, call: &ExprMethodCall, before: &str) -> Option<Expr> {
        let (receiver, name, arguments) = (&call.receiver, &call.method, &call.args);
        if name == "is_zero" {
            let alive = self.next(format!("`{before}` not"));
            return Some(parse_quote!((#alive != #call)));
        }
        let other = Ident::new(other_method(&name.to_string())?, Span::call_site());
        let alive = self.next(format!("`{before}` with `{other}`"));
        Some(parse_quote!((if #alive { #receiver.#other(#arguments) } else { #call })))
    }

    fn body(&mut self, output: &ReturnType, block: &mut Block) {
        let values: Vec<Expr> = match output {
            ReturnType::Default => vec![parse_quote!(())],
            ReturnType::Type(_, ty) => values(ty),
        };
        for value in values {
            let alive = self.next(format!("answers {}", text(&value)));
            block
                .stmts
                .insert(0, parse_quote!(if #alive { return #value; }));
        }
    }
}

/// What a function may answer without doing anything.
fn values(ty: &Type) -> Vec<Expr> {
    match text(ty).as_str() {
        "bool" => vec![parse_quote!(true), parse_quote!(false)],
        "u64" | "usize" | "u32" => vec![parse_quote!(0), parse_quote!(1)],
        "B256" | "Address" | "U256" => vec![parse_quote!(Default::default())],
        "Vec < u8 >" => vec![parse_quote!(Default::default())],
        "Reply" => vec![parse_quote!(Ok(Default::default()))],
        other if other.starts_with("Result <()") => vec![parse_quote!(Ok(()))],
        other if other.starts_with("Result < bool") => {
            vec![parse_quote!(Ok(true)), parse_quote!(Ok(false))]
        }
        other if other.starts_with("Result < u64") => {
            vec![parse_quote!(Ok(0)), parse_quote!(Ok(1))]
        }
        other if other.starts_with("Result < B256") || other.starts_with("Result < Address") => {
            vec![parse_quote!(Ok(Default::default()))]
        }
        other if other.starts_with("Option <") => vec![parse_quote!(None)],
        _ => Vec::new(),
    }
}

fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        Expr::Paren(paren) => has_let(&paren.expr),
        _ => false,
    }
}

/// The other operators, in place of one.
fn others(op: &BinOp, depth: Depth) -> Vec<BinOp> {
    match op {
        _ if depth == Depth::Flow && !compares(op) => Vec::new(),
        BinOp::Eq(_) => vec![parse_quote!(!=)],
        BinOp::Ne(_) => vec![parse_quote!(==)],
        BinOp::Lt(_) => vec![parse_quote!(<=), parse_quote!(>)],
        BinOp::Le(_) => vec![parse_quote!(<), parse_quote!(>)],
        BinOp::Gt(_) => vec![parse_quote!(>=), parse_quote!(<)],
        BinOp::Ge(_) => vec![parse_quote!(>), parse_quote!(<)],
        BinOp::And(_) => vec![parse_quote!(||)],
        BinOp::Or(_) => vec![parse_quote!(&&)],
        BinOp::BitAnd(_) | BinOp::BitXor(_) => vec![parse_quote!(|)],
        BinOp::BitOr(_) => vec![parse_quote!(&)],
        BinOp::Shl(_) => vec![parse_quote!(>>)],
        BinOp::Shr(_) => vec![parse_quote!(<<)],
        BinOp::Div(_) => vec![parse_quote!(*)],
        BinOp::BitAndAssign(_) => vec![parse_quote!(|=)],
        BinOp::BitOrAssign(_) => vec![parse_quote!(&=)],
        _ => Vec::new(),
    }
}

/// Whether an operator answers yes or no.
fn compares(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::Eq(_)
            | BinOp::Ne(_)
            | BinOp::Lt(_)
            | BinOp::Le(_)
            | BinOp::Gt(_)
            | BinOp::Ge(_)
            | BinOp::And(_)
            | BinOp::Or(_)
    )
}

/// The method that stands in for one that computes.
fn other_method(name: &str) -> Option<&'static str> {
    Some(match name {
        "wrapping_add" => "wrapping_sub",
        "wrapping_sub" | "wrapping_mul" => "wrapping_add",
        "saturating_add" => "saturating_sub",
        "saturating_sub" | "saturating_mul" => "saturating_add",
        "checked_add" => "checked_sub",
        "checked_sub" => "checked_add",
        "checked_div" => "checked_mul",
        "checked_rem" => "checked_div",
        "wrapping_shl" => "wrapping_shr",
        "wrapping_shr" => "wrapping_shl",
        "min" => "max",
        "max" => "min",
        _ => return None,
    })
}

/// A number one more and one less, where it has room.
fn neighbours(literal: &LitInt) -> Vec<(&'static str, Literal)> {
    let Ok(value) = literal.base10_parse::<u64>() else {
        return Vec::new();
    };
    let said = |value: u64| {
        let mut literal = format!("{value}{}", literal.suffix())
            .parse::<Literal>()
            .ok()?;
        literal.set_span(Span::call_site());
        Some(literal)
    };
    let full = [
        u64::from(u8::MAX),
        u64::from(u16::MAX),
        u64::from(u32::MAX),
        u64::MAX,
    ];
    let more = (!full.contains(&value)).then(|| value + 1).and_then(said);
    let less = value.checked_sub(1).and_then(said);
    let all = [("+ 1", more), ("- 1", less)];
    all.into_iter()
        .filter_map(|(what, literal)| literal.map(|literal| (what, literal)))
        .collect()
}

/// Whether an item is for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| text(attribute).contains("cfg(test)"))
}

impl VisitMut for Mutate<'_> {
    fn visit_item_const_mut(&mut self, _item: &mut ItemConst) {}
    fn visit_item_static_mut(&mut self, _item: &mut ItemStatic) {}
    fn visit_pat_mut(&mut self, _pattern: &mut Pat) {}
    fn visit_type_mut(&mut self, _type: &mut Type) {}
    fn visit_path_mut(&mut self, _path: &mut Path) {}
    fn visit_macro_mut(&mut self, _macro: &mut Macro) {}
    fn visit_expr_const_mut(&mut self, _block: &mut ExprConst) {}
    fn visit_impl_item_const_mut(&mut self, _item: &mut ImplItemConst) {}
    fn visit_trait_item_const_mut(&mut self, _item: &mut TraitItemConst) {}
    fn visit_generic_argument_mut(&mut self, _argument: &mut GenericArgument) {}

    fn visit_item_mod_mut(&mut self, item: &mut ItemMod) {
        if !is_test(&item.attrs) {
            visit_mut::visit_item_mod_mut(self, item);
        }
    }

    fn visit_item_fn_mut(&mut self, item: &mut ItemFn) {
        if item.sig.constness.is_some() {
            return;
        }
        self.function = item.sig.ident.to_string();
        visit_mut::visit_block_mut(self, &mut item.block);
        self.body(&item.sig.output, &mut item.block);
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut ImplItemFn) {
        if item.sig.constness.is_some() {
            return;
        }
        self.function = item.sig.ident.to_string();
        visit_mut::visit_block_mut(self, &mut item.block);
        self.body(&item.sig.output, &mut item.block);
    }

    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        let before = text(statement);
        let removable = matches!(
            statement,
            Stmt::Expr(
                Expr::Try(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Assign(_),
                Some(_)
            )
        );
        visit_mut::visit_stmt_mut(self, statement);
        if removable {
            let alive = self.next(format!("without `{before}`"));
            let kept = statement.clone();
            *statement = parse_quote!(if !#alive { #kept });
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let before = text(expr);
        let condition = match expr {
            Expr::If(branch) if !has_let(&branch.cond) => Some(text(&*branch.cond)),
            _ => None,
        };
        // A length in an array's type or value is no expression that may change.
        if let Expr::Repeat(repeat) = expr {
            return self.visit_expr_mut(&mut repeat.expr);
        }
        visit_mut::visit_expr_mut(self, expr);
        match expr {
            Expr::If(branch) => {
                if let Some(condition) = condition {
                    let (yes, no) = (
                        self.next(format!("`if {condition}` always")),
                        self.next(format!("`if {condition}` never")),
                    );
                    let cond = &branch.cond;
                    branch.cond = parse_quote!((#yes || (!#no && (#cond))));
                }
            }
            Expr::Binary(binary) if !has_let(&binary.left) && !has_let(&binary.right) => {
                let (left, op, right) = (&binary.left, &binary.op, &binary.right);
                let lazy = matches!(op, BinOp::And(_) | BinOp::Or(_));
                let mut chosen = match lazy {
                    true => quote!(left #op (#right)),
                    false => quote!(*left #op *right),
                };
                let others = others(op, self.depth);
                if others.is_empty() {
                    return;
                }
                if let [other] = others.as_slice()
                    && matches!(op, BinOp::BitAndAssign(_) | BinOp::BitOrAssign(_))
                {
                    let alive = self.next(format!("`{before}` with `{}`", text(other)));
                    *expr =
                        parse_quote!(if #alive { #left #other #right } else { #left #op #right });
                    return;
                }
                for other in others {
                    let alive = self.next(format!("`{before}` with `{}`", text(&other)));
                    chosen = match lazy {
                        true => quote!(if #alive { left #other (#right) } else { #chosen }),
                        false => quote!(if #alive { *left #other *right } else { #chosen }),
                    };
                }
                *expr = match lazy {
                    true => parse_quote!({ let left = #left; #chosen }),
                    false => {
                        parse_quote!((match (&(#left), &(#right)) { (left, right) => { #chosen } }))
                    }
                };
            }
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
                let alive = self.next(format!("`{before}` without `!`"));
                let operand = &unary.expr;
                *expr = parse_quote!((if #alive { #operand } else { !#operand }));
            }
            Expr::Path(path) => {
                let name = path.path.segments.last().map(|last| last.ident.to_string());
                if name.is_some_and(|name| self.constants.contains(&name)) {
                    let mut value = quote!(#path);
                    for (what, changed) in [
                        ("+ 1", quote!(#path.wrapping_add(1))),
                        ("- 1", quote!(#path.wrapping_sub(1))),
                        ("* 2", quote!(#path.wrapping_mul(2))),
                        ("/ 2", quote!((#path / 2))),
                    ] {
                        let alive = self.next(format!("`{before}` {what}"));
                        value = quote!(if #alive { #changed } else { #value });
                    }
                    *expr = parse_quote!(({ #value }));
                }
            }
            Expr::MethodCall(call) if self.depth == Depth::Arithmetic => {
                if let Some(changed) = self.method(call, &before) {
                    *expr = changed;
                }
            }
            Expr::Lit(literal) if self.depth == Depth::Arithmetic => {
                let Lit::Int(number) = &literal.lit else {
                    return;
                };
                let mut value = quote!(#number);
                for (what, changed) in neighbours(number) {
                    let alive = self.next(format!("`{before}` {what}"));
                    value = quote!(if #alive { #changed } else { #value });
                }
                *expr = parse_quote!(({ #value }));
            }
            Expr::Match(choice) => {
                let wild = choice
                    .arms
                    .iter()
                    .any(|arm| matches!(arm.pat, Pat::Wild(_)) && arm.guard.is_none());
                let many = choice.arms.len();
                for arm in &mut choice.arms {
                    if !wild || matches!(arm.pat, Pat::Wild(_)) || arm.guard.is_some() && many < 2 {
                        continue;
                    }
                    let pattern = text(&arm.pat);
                    let alive = self.next(format!("without the arm `{pattern}`"));
                    let guard: Expr = match &arm.guard {
                        Some((_, guard)) => parse_quote!(!#alive && (#guard)),
                        None => parse_quote!(!#alive),
                    };
                    arm.guard = Some((Default::default(), Box::new(guard)));
                }
            }
            _ => {}
        }
    }
}
