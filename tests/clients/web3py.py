"""web3.py as a client of a dev chain: web3py.py HTTP_URL WEBSOCKET_URL ARTIFACTS_DIRECTORY. Prints one line for each thing that
worked; the first that does not ends it with an error."""

import asyncio
import json
import pathlib
import sys

from eth_account import Account
from eth_account.messages import encode_defunct
from web3 import AsyncWeb3, HTTPProvider, Web3, WebSocketProvider
from web3.exceptions import ContractCustomError, TransactionNotFound, Web3RPCError

url, socket_url, artifacts = sys.argv[1:]
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
w3 = Web3(HTTPProvider(url))
account = Account.from_key(KEY)


def worked(what):
    print(f"web3.py: {what}")


def artifact(name):
    return json.loads((pathlib.Path(artifacts) / f"{name}.json").read_text())


def send(transaction):
    """Signs with the fields that web3.py itself finds out."""
    fields = {
        "from": account.address,
        "nonce": w3.eth.get_transaction_count(account.address),
        "chainId": w3.eth.chain_id,
        **transaction,
    }
    if "gas" not in fields:
        fields["gas"] = w3.eth.estimate_gas(fields)
    if "gasPrice" not in fields:
        base = w3.eth.get_block("latest")["baseFeePerGas"]
        fields["maxPriorityFeePerGas"] = w3.eth.max_priority_fee
        fields["maxFeePerGas"] = 2 * base + fields["maxPriorityFeePerGas"]
    hash = w3.eth.send_raw_transaction(account.sign_transaction(fields).raw_transaction)
    return w3.eth.wait_for_transaction_receipt(hash, poll_latency=0.02)


assert w3.is_connected() and w3.net.version == str(w3.eth.chain_id)
worked(f"connected to {w3.client_version.split('/')[0]}")

receipt = send({"to": OTHER, "value": 5})
assert receipt["status"] == 1 and receipt["gasUsed"] == 21_000
legacy = send({"to": OTHER, "value": 5, "gasPrice": w3.eth.gas_price})
assert w3.eth.get_transaction(legacy["transactionHash"])["type"] == 0
try:
    w3.eth.get_transaction(bytes(32))
    raise AssertionError("no such transaction")
except TransactionNotFound:
    worked("transfers of two types")

names = artifact("NameRegistry")
Names = w3.eth.contract(abi=names["abi"], bytecode=names["bytecode"])
created = send({"data": Names.constructor().data_in_transaction})
registry = w3.eth.contract(created["contractAddress"], abi=names["abi"])
assert w3.eth.get_code(registry.address) == bytes.fromhex(names["deployedBytecode"][2:])
call = registry.functions.register("web3.eth", OTHER)
done = send({"to": registry.address, "data": call.build_transaction({"from": account.address, "gas": 1, "gasPrice": 1})["data"]})
assert done["status"] == 1
assert registry.functions.addressOf("web3.eth").call() == OTHER
worked("a contract deployed, written and read")

[event] = registry.events.Registered().process_receipt(done)
[found] = registry.events.Registered().get_logs(from_block=0, argument_filters={"owner": account.address})
assert event["args"]["name"] == found["args"]["name"] == "web3.eth"
filter = w3.eth.filter({"address": registry.address, "fromBlock": 0})
assert len(filter.get_all_entries()) == 1
worked("events in a receipt, by a query and by a filter")

try:
    registry.functions.ownerOf("nobody.eth").call()
    raise AssertionError("it must revert")
except ContractCustomError as error:
    assert error.data.startswith(Web3.keccak(text="NameUnknown(string)")[:4].to_0x_hex())
    worked("a custom error by its data")

try:
    send({"to": OTHER, "value": 10**30, "gas": 21_000})
    raise AssertionError("there is not so much ether")
except Web3RPCError as error:
    assert "insufficient funds" in str(error).lower()
    worked("an error of the node")

proof = w3.eth.get_proof(registry.address, [0], "latest")
assert Web3.keccak(proof["accountProof"][0]) == w3.eth.get_block("latest")["stateRoot"]
assert Web3.keccak(proof["storageProof"][0]["proof"][0]) == proof["storageHash"]
worked("a proof")

history = w3.eth.fee_history(2, "latest", [50])
assert len(history["baseFeePerGas"]) == 3
signature = w3.eth.sign(w3.eth.accounts[0], text="words")
assert Account.recover_message(encode_defunct(text="words"), signature=signature) == account.address
worked("fees and a signature of the node's account")


async def subscribed():
    async with AsyncWeb3(WebSocketProvider(socket_url)) as socket:
        await socket.eth.subscribe("newHeads")
        await socket.eth.send_transaction({"from": account.address, "to": OTHER, "value": 1})
        async for message in socket.socket.process_subscriptions():
            # web3.py leaves the fields of Arbitrum's headers as they come.
            number = message["result"]["number"]
            assert w3.eth.block_number == (number if isinstance(number, int) else int(number, 16))
            return


asyncio.run(asyncio.wait_for(subscribed(), 20))
worked("a head pushed")
