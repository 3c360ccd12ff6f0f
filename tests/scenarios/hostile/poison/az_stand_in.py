"""A stand-in for Azure's command line: of `az storage message` as much as the docs use, on the emulated storage.

It takes no option and prints no form that the real one has not.
Source: Microsoft docs, cli/azure/storage/message.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from azure.storage.queue import QueueClient, QueueMessage


def main(arguments: list[str]) -> None:
    """Do what one call of `az` asks for; the storage account's connection string comes first."""
    storage, *rest = arguments
    asked = _parsed(rest)
    with QueueClient.from_connection_string(storage, asked.queue_name) as queue:
        if asked.verb == "get":
            pages = queue.receive_messages(
                messages_per_page=asked.num_messages, visibility_timeout=asked.visibility_timeout
            ).by_page()
            _print([_shown(message) for message in next(pages, ())], asked)
        elif asked.verb == "peek":
            _print([_shown(message) for message in queue.peek_messages(asked.num_messages)], asked)
        elif asked.verb == "put":
            queue.send_message(asked.content, time_to_live=asked.time_to_live)
        else:
            queue.delete_message(asked.id, asked.pop_receipt)


def _parsed(arguments: list[str]) -> argparse.Namespace:
    if arguments[:2] != ["storage", "message"]:
        sys.exit(f"az: {arguments} is not what the docs say")
    parser = argparse.ArgumentParser("az storage message")
    verbs = parser.add_subparsers(dest="verb", required=True)
    options: dict[str, dict[str, dict[str, Any]]] = {
        "get": {"--num-messages": {"type": int}, "--visibility-timeout": {"type": int}, "--query": {}},
        "peek": {"--num-messages": {"type": int}, "--query": {}},
        "put": {"--content": {"required": True}, "--time-to-live": {"type": int}},
        "delete": {"--id": {"required": True}, "--pop-receipt": {"required": True}},
    }
    for name, own in options.items():
        verb = verbs.add_parser(name)
        for required in ("--queue-name", "--account-name", "--auth-mode"):
            verb.add_argument(required, required=True)
        verb.add_argument("--output", choices=("json", "none", "table", "tsv"), default="json")
        for option, how in own.items():
            verb.add_argument(option, **how)
    return parser.parse_args(arguments[2:])


def _shown(message: QueueMessage) -> dict[str, str]:
    return {
        "id": str(message.id),
        "popReceipt": str(message.pop_receipt),
        "content": str(message.content),
        "insertionTime": str(message.inserted_on),
    }


def _print(messages: list[dict[str, str]], asked: argparse.Namespace) -> None:
    """Print in the forms of the two JMESPath queries that the docs have."""
    if asked.query == "[].[id, popReceipt, content]" and asked.output == "tsv":
        lines = ["\t".join((each["id"], each["popReceipt"], each["content"])) for each in messages]
    elif asked.query == "[].{at: insertionTime, text: content}" and asked.output == "table":
        lines = ["At  Text", *(f"{each['insertionTime']}  {each['content']}" for each in messages)]
    elif asked.query is None and asked.output == "json":
        lines = [json.dumps(messages)]
    else:
        sys.exit(f"az: nobody knows how {asked.query!r} looks as {asked.output}")
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main(sys.argv[1:])
