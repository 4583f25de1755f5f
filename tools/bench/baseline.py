"""What we are compared with: sign-up and log-in by the sequence of calls that tutorials show.

A client and a resource are made for each request, the password is encrypted as it is, and nothing
is hashed, limited or kept of a session. Runs alone, as a Lambda's only file.
"""

import json
import os
from typing import Any
from urllib.parse import parse_qs

import boto3


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Answer one event of API Gateway."""
    form = parse_qs(event["body"])
    uname, password = form["uname"][0], form["password"][0]
    if event["requestContext"]["resourcePath"] == "/signup":
        return sign_up(uname, password)
    return log_in(uname, password)


def sign_up(uname: str, password: str) -> dict[str, Any]:
    """Encrypt, then update the item."""
    kms = boto3.client("kms")
    encrypted = kms.encrypt(KeyId=os.environ["KEY_ID"], Plaintext=password.encode())
    table = boto3.resource("dynamodb").Table(os.environ["TUTORIAL_TABLE"])
    table.update_item(
        Key={"userid": uname},
        UpdateExpression="SET password = :password",
        ExpressionAttributeValues={":password": encrypted["CiphertextBlob"]},
    )
    return answer(200, "Signup Success")


def log_in(uname: str, password: str) -> dict[str, Any]:
    """Get the item, then decrypt."""
    table = boto3.resource("dynamodb").Table(os.environ["TUTORIAL_TABLE"])
    # An unknown user is a KeyError, here as there.
    stored: Any = table.get_item(Key={"userid": uname})["Item"]["password"]
    kms = boto3.client("kms")
    plaintext = kms.decrypt(CiphertextBlob=stored.value)["Plaintext"]
    if plaintext != password.encode():
        return answer(401, "Login Failed")
    return answer(200, "Login Success")


def answer(status: int, word: str) -> dict[str, Any]:
    """What API Gateway takes."""
    return {"statusCode": status, "headers": {}, "body": json.dumps({"status": word})}
