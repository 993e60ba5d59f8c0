// viem as a client of a dev chain: node viem.mjs HTTP_URL WEBSOCKET_URL ARTIFACTS_DIRECTORY. Prints one line for each
// thing that worked; the first that does not ends it with an error.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {
  createPublicClient, createTestClient, createWalletClient, defineChain, http, keccak256, numberToHex, parseEther, recoverMessageAddress,
  toHex, toRlp, webSocket, BaseError, ContractFunctionRevertedError, InsufficientFundsError, IntrinsicGasTooLowError, NonceTooLowError,
  TransactionReceiptNotFoundError,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const [, , url, socketUrl, artifacts] = process.argv;
const artifact = (name) => JSON.parse(fs.readFileSync(path.join(artifacts, `${name}.json`), 'utf8'));
const worked = (what) => console.log(`viem: ${what}`);

const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const other = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const id = await createPublicClient({ transport: http(url) }).getChainId();
const chain = defineChain({
  id, name: 'dev chain', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 }, rpcUrls: { default: { http: [url] } },
});
const options = { chain, transport: http(url), pollingInterval: 50 };
const client = createPublicClient(options);
const wallet = createWalletClient({ ...options, account });
const tests = createTestClient({ ...options, mode: 'anvil' });

// send
const transfer = await wallet.sendTransaction({ to: other, value: parseEther('1') });
const transferred = await client.waitForTransactionReceipt({ hash: transfer });
assert.equal(transferred.status, 'success');
assert.equal(transferred.gasUsed, 21000n);
await assert.rejects(client.getTransactionReceipt({ hash: keccak256('0x') }), TransactionReceiptNotFoundError);
worked('a transfer');

// deploy, write, read, estimate
const { abi, bytecode } = artifact('NameRegistry');
const deployment = await client.waitForTransactionReceipt({ hash: await wallet.deployContract({ abi, bytecode }) });
const address = deployment.contractAddress;
assert.equal(await client.getCode({ address }), artifact('NameRegistry').deployedBytecode);
const call = { address, abi, account };
const estimate = await client.estimateContractGas({ ...call, functionName: 'register', args: ['viem.eth', other] });
const { request } = await client.simulateContract({ ...call, functionName: 'register', args: ['viem.eth', other] });
const receipt = await client.waitForTransactionReceipt({ hash: await wallet.writeContract(request) });
assert.equal(receipt.status, 'success');
assert.ok(estimate >= receipt.gasUsed, `${estimate} for ${receipt.gasUsed}`);
assert.equal(await client.readContract({ ...call, functionName: 'addressOf', args: ['viem.eth'] }), other);
worked('a contract deployed, written and read');

// logs
const [log] = await client.getContractEvents({ address, abi, eventName: 'Registered', args: { owner: account.address }, fromBlock: 0n });
assert.equal(log.args.name, 'viem.eth');
assert.equal(log.transactionHash, receipt.transactionHash);
worked('an event found by its topic');

// revert data
const failed = await client
  .readContract({ ...call, functionName: 'ownerOf', args: ['nobody.eth'] })
  .then(() => assert.fail('it must revert'), (error) => error.walk((cause) => cause instanceof ContractFunctionRevertedError));
assert.equal(failed.data.errorName, 'NameUnknown');
assert.deepEqual(failed.data.args, ['nobody.eth']);
worked('a custom error decoded');

// errors by their kind
const caused = async (promise, kind) => {
  const error = await promise.then(() => assert.fail(`expected ${kind.name}`), (error) => error);
  assert.ok(error instanceof BaseError && error.walk((cause) => cause instanceof kind), `${kind.name}: ${error}`);
};
await caused(wallet.sendTransaction({ to: other, nonce: 0, gas: 21000n }), NonceTooLowError);
await caused(wallet.sendTransaction({ to: other, gas: 20999n }), IntrinsicGasTooLowError);
await caused(wallet.sendTransaction({ to: other, value: parseEther('1000000'), gas: 21000n }), InsufficientFundsError);
worked('errors known by their kind');

// types of transaction
const gasPrice = await client.getGasPrice();
for (const [type, fields] of Object.entries({
  legacy: () => ({ gasPrice }),
  eip2930: () => ({ gasPrice, accessList: [{ address, storageKeys: [toHex(0, { size: 32 })] }] }),
  eip1559: () => ({}),
  eip7702: async () => ({ authorizationList: [await wallet.signAuthorization({ contractAddress: address, executor: 'self' })] }),
})) {
  const hash = await wallet.sendTransaction({ to: other, type, ...(await fields()) });
  assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success');
  assert.equal((await client.getTransaction({ hash })).type, type);
}
assert.equal(await client.getCode({ address: account.address }), `0xef0100${address.slice(2).toLowerCase()}`);
worked('legacy, EIP-2930, 1559 and 7702 transactions');

// blocks: a header hashes to the block's hash
const block = await client.getBlock({ includeTransactions: true });
const trimmed = (value) => (value === 0n ? '0x' : numberToHex(value));
const header = [
  block.parentHash, block.sha3Uncles, block.miner, block.stateRoot, block.transactionsRoot, block.receiptsRoot, block.logsBloom,
  trimmed(block.difficulty), trimmed(block.number), trimmed(block.gasLimit), trimmed(block.gasUsed), trimmed(block.timestamp),
  block.extraData, block.mixHash, block.nonce, trimmed(block.baseFeePerGas),
];
assert.equal(keccak256(toRlp(header)), block.hash);
assert.equal(block.transactions[0].blockHash, block.hash);
worked('a block hash that is the hash of its header');

// state of earlier blocks, proofs
const before = { blockNumber: receipt.blockNumber - 1n };
assert.equal(await client.readContract({ ...call, functionName: 'count', ...before }), 0n);
assert.equal(await client.readContract({ ...call, functionName: 'count' }), 1n);
assert.equal(await client.getStorageAt({ address, slot: '0x0', ...before }), toHex(0, { size: 32 }));
assert.ok((await client.getBalance({ address: account.address, blockNumber: 0n })) === parseEther('10000'));
const proof = await client.getProof({ address, storageKeys: [toHex(0, { size: 32 })], blockNumber: receipt.blockNumber });
const then = await client.getBlock({ blockNumber: receipt.blockNumber });
assert.equal(keccak256(proof.accountProof[0]), then.stateRoot);
assert.equal(keccak256(proof.storageProof[0].proof[0]), proof.storageHash);
assert.equal(proof.storageProof[0].value, 1n);
worked('the state of earlier blocks, and a proof');

// traces
const trace = await client.request({ method: 'debug_traceTransaction', params: [receipt.transactionHash, { tracer: 'callTracer' }] });
assert.equal(trace.to, address.toLowerCase());
worked('a trace');

// signatures, fees, blocks by request
const [unlocked] = await wallet.getAddresses();
const signature = await createWalletClient({ ...options, account: unlocked }).signMessage({ message: 'words' });
assert.equal(await recoverMessageAddress({ message: 'words', signature }), account.address);
const fees = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] });
assert.equal(fees.baseFeePerGas.length, 3);
const number = await client.getBlockNumber({ cacheTime: 0 });
await tests.mine({ blocks: 2 });
assert.equal(await client.getBlockNumber({ cacheTime: 0 }), number + 2n);
const snapshot = await tests.snapshot();
await tests.setBalance({ address: other, value: 5n });
assert.equal(await client.getBalance({ address: other }), 5n);
await tests.revert({ id: snapshot });
assert.notEqual(await client.getBalance({ address: other }), 5n);
worked('signatures, fees and a test client');

// subscriptions
const socket = createPublicClient({ chain, transport: webSocket(socketUrl) });
const events = [];
const both = new Promise((resolve, reject) => {
  const done = (event) => {
    events.push(event);
    if (events.includes('head') && events.includes('log')) resolve();
  };
  socket.watchBlocks({ onBlock: () => done('head'), onError: reject });
  socket.watchContractEvent({
    address, abi, eventName: 'Registered', onError: reject,
    onLogs: ([found]) => done(found.args.name === 'pushed.eth' ? 'log' : `unexpected ${found.args.name}`),
  });
});
// The subscriptions are requests on the same socket as this one, so they are there when it is answered.
await socket.getChainId();
await wallet.writeContract({ ...call, functionName: 'register', args: ['pushed.eth', other] });
await both;
worked('heads and logs pushed');

// simulated calls and blocks
const count = { address, abi, functionName: 'count' };
const counted = await client.readContract(count);
const simulated = await client.simulateCalls({
  account: account.address,
  traceAssetChanges: true,
  calls: [
    { to: address, abi, functionName: 'register', args: ['simulated.eth', other] },
    { to: address, abi, functionName: 'count' },
    { to: other, value: 7n },
    { to: address, abi, functionName: 'register', args: ['simulated.eth', other] },
  ],
});
assert.deepEqual(simulated.results.map((result) => result.status), ['success', 'success', 'success', 'failure']);
assert.equal(simulated.results[0].logs.length, 1);
assert.equal(simulated.results[1].result, counted + 1n);
assert.ok(simulated.results[3].error instanceof ContractFunctionRevertedError || simulated.results[3].error instanceof BaseError);
assert.equal(simulated.assetChanges[0].value.diff, -7n);
const latest = await client.getBlock();
const fresh = '0x2222222222222222222222222222222222222222';
const [first, second] = await client.simulateBlocks({
  blocks: [
    { blockOverrides: { time: latest.timestamp + 100n }, stateOverrides: [{ address: other, balance: 3n }], calls: [{ account: other, to: fresh, value: 2n }] },
    { calls: [{ account: other, to: fresh, value: 2n }] },
  ],
}).catch((error) => [error]);

assert.ok(first instanceof BaseError && second === undefined, 'the second transfer cannot be paid');
const [made] = await client.simulateBlocks({ blocks: [{ blockOverrides: { number: latest.number + 1n, baseFeePerGas: 5n }, calls: [{ account: other, to: fresh }] }] });
assert.equal(made.number, latest.number + 1n);
assert.equal(made.baseFeePerGas, 5n);
assert.equal(made.calls[0].gasUsed, 21000n);
assert.equal(await client.readContract(count), counted);
worked('simulated calls and blocks');

// everything else that its test client does
await tests.setNextBlockBaseFeePerGas({ baseFeePerGas: 200_000_000n });
await tests.setCoinbase({ address: other });
await tests.setBlockGasLimit({ gasLimit: 40_000_000n });
await tests.setBlockTimestampInterval({ interval: 9 });
await tests.mine({ blocks: 1 });
const set = await client.getBlock();
assert.equal(set.baseFeePerGas, 200_000_000n);
assert.equal(set.miner.toLowerCase(), other.toLowerCase());
assert.equal(set.gasLimit, 40_000_000n);
assert.equal(set.timestamp, latest.timestamp + 9n);
await tests.removeBlockTimestampInterval();
await tests.setLoggingEnabled(false);
assert.equal(await tests.getAutomine(), true);
await tests.setAutomine(false);
const stranger = '0x1111111111111111111111111111111111111111';
await tests.setBalance({ address: stranger, value: parseEther('1') });
const waiting = await tests.sendUnsignedTransaction({ from: stranger, to: other, value: 1n });
assert.deepEqual(await tests.getTxpoolStatus(), { pending: 1, queued: 0 });
assert.equal(Object.keys((await tests.getTxpoolContent()).pending).length, 1);
await tests.inspectTxpool();
await tests.dropTransaction({ hash: waiting });
assert.deepEqual(await tests.getTxpoolStatus(), { pending: 0, queued: 0 });
await tests.setIntervalMining({ interval: 0 });
await tests.reset();
assert.equal(await client.getBlockNumber({ cacheTime: 0 }), 0n);
assert.equal(await tests.getAutomine(), true);
worked('the rest of the test client');
process.exit(0);
