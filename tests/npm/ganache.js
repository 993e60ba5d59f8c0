// Runs ganache on a free port and prints the port as its first line. It ends when its standard input does, so that it
// cannot outlive the test that started it.
'use strict';

const ganache = require('ganache');

const server = ganache.server({
  wallet: { mnemonic: 'test test test test test test test test test test test junk', totalAccounts: 10, defaultBalance: 10000 },
  chain: { chainId: 1337, hardfork: 'shanghai' },
  miner: { blockGasLimit: 30000000 },
  logging: { quiet: true },
});

server.listen(0, '127.0.0.1', (error) => {
  if (error) {
    console.error(error.message);
    process.exit(1);
  }
  console.log(server.address().port);
});

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
