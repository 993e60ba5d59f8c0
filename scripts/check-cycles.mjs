#!/usr/bin/env node
// Fails where modules of one crate import each other in a circle. Between crates cargo sees to it.
//
// An import is a path in a `use`, or one in the code that begins with `crate`, `super` or the name of a module below. It counts for the module that
// defines what is imported, also where another re-exports it. `pub use` of what is defined below is no import, and tests may import what they like.
// Arguments are crates' folders; without any, all of the workspace are looked at.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The modules of a crate: name (`a::b`; of the crate's root, empty) and source, without comments and tests. */
function modulesOf(folder) {
    const modules = new Map();
    const visit = (path, above) => {
        for (const entry of readdirSync(path, { withFileTypes: true })) {
            if (entry.isDirectory()) {
                visit(join(path, entry.name), [...above, entry.name]);
            } else if (entry.name.endsWith(".rs")) {
                const stem = entry.name.slice(0, -3);
                const name = ["mod", "lib"].includes(stem) ? above : [...above, stem];
                if (name.includes("tests")) continue;
                const text = readFileSync(join(path, entry.name), "utf8").replace(/\/\/.*/g, "");
                modules.set(name.join("::"), text.split("#[cfg(test)]")[0]);
            }
        }
    };
    visit(join(folder, "src"), []);
    return modules;
}

/** The paths of a use tree, each as its segments. */
function paths(tree, prefix = []) {
    const open = tree.indexOf("{");
    const head = (open < 0 ? tree.split(/\bas\b/)[0] : tree.slice(0, open)).split("::");
    const segments = [...prefix, ...head.map((segment) => segment.trim()).filter(Boolean)];
    if (open < 0) return [segments];
    const found = [];
    let [depth, start] = [0, open + 1];
    for (let at = open + 1; at < tree.length; at++) {
        if (tree[at] === "{") depth++;
        const last = tree[at] === "}" && depth === 0;
        if ((tree[at] === "," && depth === 0) || last) {
            const item = tree.slice(start, at);
            if (item.trim()) found.push(...paths(item, segments));
            start = at + 1;
        }
        if (last) break;
        if (tree[at] === "}") depth--;
    }
    return found;
}

/** What a module imports: segments, and whether it passes them on. */
function importsOf(name, text, modules) {
    const imports = [];
    const body = text.replace(/\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/g, (_, passed, tree) => {
        for (const path of paths(tree)) imports.push({ path, passed: Boolean(passed) });
        return "";
    });
    for (const [path] of body.matchAll(/\b(?:crate|super)(?:::\w+)+/g)) {
        imports.push({ path: path.split("::"), passed: false });
    }
    for (const [, below] of body.matchAll(/(?<![:\w])([a-z_]\w*)::\w/g)) {
        if (modules.has(within(name, below))) imports.push({ path: ["self", below], passed: false });
    }
    return imports;
}

const within = (name, below) => (name ? `${name}::${below}` : below);

/** A path from the crate's root; `undefined` where it leads to another crate. */
function absolute(name, path, modules) {
    let above = name ? name.split("::") : [];
    let rest = [...path];
    if (rest[0] === "crate") return rest.slice(1);
    if (rest[0] === "self") return [...above, ...rest.slice(1)];
    if (rest[0] === "super") {
        while (rest[0] === "super") {
            above = above.slice(0, -1);
            rest = rest.slice(1);
        }
        return [...above, ...rest];
    }
    return modules.has(within(name, rest[0])) ? [...above, ...rest] : undefined;
}

/** The module that defines what a path leads to. */
function definer(path, modules, imports, seen = new Set()) {
    let length = path.length;
    while (!modules.has(path.slice(0, length).join("::"))) length--;
    const [name, item] = [path.slice(0, length).join("::"), path[length]];
    const key = `${name} ${item}`;
    if (item && !seen.has(key)) {
        seen.add(key);
        for (const { path: passedOn, passed } of imports.get(name)) {
            const target = passed && passedOn.at(-1) === item && absolute(name, passedOn, modules);
            if (target) return definer(target, modules, imports, seen);
        }
    }
    return name;
}

/** Which modules each module imports from. */
function graphOf(folder) {
    const modules = modulesOf(folder);
    const imports = new Map();
    for (const [name, text] of modules) imports.set(name, importsOf(name, text, modules));
    const graph = new Map();
    for (const name of modules.keys()) {
        const from = new Set();
        for (const { path, passed } of imports.get(name)) {
            const target = absolute(name, path, modules);
            const module = target && definer(target, modules, imports);
            const below = module !== undefined && (name === "" || module.startsWith(`${name}::`));
            if (module !== undefined && module !== name && !(passed && below)) from.add(module);
        }
        graph.set(name, from);
    }
    return graph;
}

/** The circles of a graph: its strongly connected components of more than one module (Tarjan). */
function circlesOf(graph) {
    const [index, low, stack, circles] = [new Map(), new Map(), [], []];
    const visit = (name) => {
        index.set(name, index.size);
        low.set(name, index.get(name));
        stack.push(name);
        for (const next of graph.get(name)) {
            if (!index.has(next)) visit(next);
            if (stack.includes(next)) low.set(name, Math.min(low.get(name), low.get(next)));
        }
        if (low.get(name) === index.get(name)) {
            const circle = stack.splice(stack.indexOf(name));
            if (circle.length > 1) circles.push(circle.map((module) => module || "lib").sort());
        }
    };
    for (const name of graph.keys()) if (!index.has(name)) visit(name);
    return circles;
}

let folders = process.argv.slice(2);
if (folders.length === 0) {
    const metadata = execFileSync("cargo", ["metadata", "--no-deps", "--format-version=1", "--offline"], { cwd: root, maxBuffer: 1 << 28 });
    folders = JSON.parse(metadata).packages.map((each) => dirname(each.manifest_path)).filter((folder) => existsSync(join(folder, "src")));
}
let [crates, modules, failed] = [0, 0, false];
for (const folder of folders) {
    const graph = graphOf(folder);
    crates++;
    modules += graph.size;
    for (const circle of circlesOf(graph)) {
        failed = true;
        console.error(`${folder}: ${circle.join(", ")} import each other in a circle`);
    }
}
if (failed) process.exit(1);
console.log(`no circle among ${modules} modules of ${crates} crates`);
