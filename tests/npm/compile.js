// Compiles every contract of a folder (tests/fixtures/contracts unless another is given) with the pinned solc and writes
// one artifact for each into the directory given: { contractName, abi, bytecode, deployedBytecode }.
'use strict';

const fs = require('fs');
const path = require('path');
const solc = require('solc');

// Warnings about what the fixtures are there to show: transient storage (2394), selfdestruct (5159).
const EXPECTED = new Set(['2394', '5159']);

const [, , output, only] = process.argv;
if (!output) {
  console.error('usage: node compile.js OUTPUT_DIRECTORY [SOURCE_DIRECTORY]');
  process.exit(2);
}

const contracts = path.join(__dirname, '..', 'fixtures', 'contracts');
// What runs on every source node of the tests, and what needs newer opcodes.
const folders = only
  ? [{ folder: only, evmVersion: 'shanghai' }]
  : [
      { folder: contracts, evmVersion: 'shanghai' },
      { folder: path.join(contracts, 'cancun'), evmVersion: 'cancun' },
      { folder: path.join(contracts, 'osaka'), evmVersion: 'osaka' },
      // What packages ship as source: their code is theirs, so are its warnings.
      { folder: path.join(contracts, 'packages'), evmVersion: 'shanghai', packages: true },
    ];

/** A file that a source imports from a package. */
function imported(file) {
  try {
    return { contents: fs.readFileSync(path.join(__dirname, 'node_modules', file), 'utf8') };
  } catch (error) {
    return { error: error.message };
  }
}

/** Compiles the `.sol` files of one folder; any warning is an error. Those are returned that the folder's own files define. */
function compile({ folder, evmVersion, packages }) {
  const sources = {};
  for (const file of fs.readdirSync(folder).sort()) {
    if (file.endsWith('.sol')) sources[file] = { content: fs.readFileSync(path.join(folder, file), 'utf8') };
  }
  const settings = {
    evmVersion,
    optimizer: { enabled: true, runs: 200 },
    // No metadata: the code then depends on nothing but what the source text means, and the compiler.
    metadata: { appendCBOR: false, bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
  };
  const compiled = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }), { import: imported }));
  const problems = (compiled.errors || []).filter((problem) =>
    packages ? problem.severity === 'error' : !EXPECTED.has(problem.errorCode));
  for (const problem of problems) console.error(problem.formattedMessage);
  if (problems.length > 0) process.exit(1);
  return Object.keys(sources).flatMap((file) => Object.entries(compiled.contracts[file]));
}

fs.mkdirSync(output, { recursive: true });
for (const [contractName, contract] of folders.flatMap(compile)) {
  if (contract.evm.bytecode.object.length === 0) continue; // interfaces
  const artifact = {
    contractName,
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  };
  fs.writeFileSync(path.join(output, `${contractName}.json`), `${JSON.stringify(artifact, null, 1)}\n`);
}
