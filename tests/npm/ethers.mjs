// ethers as a client of a dev chain: node ethers.mjs HTTP_URL WEBSOCKET_URL ARTIFACTS_DIRECTORY. Prints one line for each
// thing that worked; the first that does not ends it with an error.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import { ContractFactory, JsonRpcProvider, NonceManager, Wallet, WebSocketProvider, Contract, isError, keccak256, parseEther, verifyMessage } from 'ethers';

const [, , url, socketUrl, artifacts] = process.argv;
const artifact = (name) => JSON.parse(fs.readFileSync(path.join(artifacts, `${name}.json`), 'utf8'));
const worked = (what) => console.log(`ethers: ${what}`);
/** Waits for an error of one of ethers' kinds. */
const fails = async (promise, kind) => {
  const error = await promise.then(() => assert.fail(`expected ${kind}`), (error) => error);
  assert.ok(isError(error, kind), `${kind}: ${error}`);
  return error;
};

const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, polling: true, pollingInterval: 50 });
const key = new Wallet('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d', provider);
const wallet = new NonceManager(key);
const other = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';

// send
const sent = await wallet.sendTransaction({ to: other, value: parseEther('1') });
const receipt = await sent.wait();
assert.equal(receipt.gasUsed, 21000n);
const block = await receipt.getBlock();
assert.ok(block.transactions.includes(sent.hash));
worked('a transfer');

// deploy, write, read, estimate
const { abi, bytecode } = artifact('NameRegistry');
const registry = await (await new ContractFactory(abi, bytecode, wallet).deploy()).waitForDeployment();
const estimate = await registry.register.estimateGas('ethers.eth', other);
await registry.register.staticCall('ethers.eth', other);
const registered = await (await registry.register('ethers.eth', other)).wait();
assert.ok(estimate >= registered.gasUsed, `${estimate} for ${registered.gasUsed}`);
assert.equal(await registry.addressOf('ethers.eth'), other);
assert.equal(registered.logs[0].args.name, 'ethers.eth');
worked('a contract deployed, written and read');

// logs
const [log] = await registry.queryFilter(registry.filters.Registered(null, key.address), 0);
assert.equal(log.transactionHash, registered.hash);
worked('an event found by its topic');

// revert data
const failed = await fails(registry.ownerOf('nobody.eth'), 'CALL_EXCEPTION');
assert.equal(failed.revert.name, 'NameUnknown');
assert.deepEqual([...failed.revert.args], ['nobody.eth']);
const reverter = await (await new ContractFactory(artifact('Reverter').abi, artifact('Reverter').bytecode, wallet).deploy()).waitForDeployment();
assert.equal((await fails(reverter.text(), 'CALL_EXCEPTION')).reason, 'code is not zero');
await fails(registry.register.estimateGas('ethers.eth', other), 'CALL_EXCEPTION');
worked('custom errors and reasons decoded');

// errors by their kind
await fails(key.sendTransaction({ to: other, nonce: 0, gasLimit: 21000 }), 'NONCE_EXPIRED');
await fails(key.sendTransaction({ to: other, value: parseEther('1000000'), gasLimit: 21000 }), 'INSUFFICIENT_FUNDS');
worked('errors known by their kind');

// types of transaction
for (const type of [0, 1, 2]) {
  const transaction = await wallet.sendTransaction({ to: other, type, value: 1 });
  await transaction.wait();
  assert.equal((await provider.getTransaction(transaction.hash)).type, type);
}
worked('legacy, EIP-2930 and EIP-1559 transactions');

// state of earlier blocks, proofs
assert.equal(await registry.count({ blockTag: registered.blockNumber - 1 }), 0n);
assert.equal(await registry.count(), 1n);
const proof = await provider.send('eth_getProof', [await registry.getAddress(), ['0x0'], registered.blockHash]);
const { stateRoot } = await provider.send('eth_getBlockByHash', [registered.blockHash, false]);
assert.equal(keccak256(proof.accountProof[0]), stateRoot);
assert.equal(proof.storageProof[0].value, '0x1');
worked('the state of earlier blocks, and a proof');

// a trace, an unlocked account, signatures, fees
const trace = await provider.send('debug_traceTransaction', [registered.hash, { tracer: 'callTracer' }]);
assert.equal(BigInt(trace.gasUsed), registered.gasUsed);
const unlocked = await provider.getSigner(0);
assert.equal(verifyMessage('words', await unlocked.signMessage('words')), unlocked.address);
const fees = await provider.getFeeData();
assert.ok(fees.gasPrice > 0n && fees.maxFeePerGas > 0n);
await (await unlocked.sendTransaction({ to: other, value: 1 })).wait();
worked('a trace, an unlocked account, signatures and fees');

// subscriptions
const socket = new WebSocketProvider(socketUrl);
const pushed = Promise.all([
  new Promise((resolve) => socket.once('block', resolve)),
  new Promise((resolve) => new Contract(registry.target, abi, socket).once('Registered', (name) => resolve(name))),
]);
// The subscriptions are requests on the same socket as these; after two more round trips they are there.
await socket.getBlockNumber();
await socket.getBlockNumber();
await registry.register('pushed.eth', other);
const [, name] = await pushed;
assert.equal(name, 'pushed.eth');
worked('heads and logs pushed');
process.exit(0);
