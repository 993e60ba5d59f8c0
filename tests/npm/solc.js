#!/usr/bin/env node
// solc as forge calls it, by the compiler that is compiled to JavaScript: `solc --version` and `solc --standard-json`.
const solc = require('solc');

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version().replace('.Emscripten.clang', '.Linux.g++')}`);
} else if (process.argv.includes('--standard-json')) {
  console.log(solc.compile(require('node:fs').readFileSync(0, 'utf8')));
} else {
  console.error('error: only --version and --standard-json');
  process.exit(1);
}
