"""An S3-compatible server (moto 5, PyPI) for one test: it checks signatures and rights.

Prints one line of JSON when it is ready: endpoint, key and secret. Then answers each line on its standard input, whatever
it says, with a line of JSON: the objects of the bucket with their metadata and the SHA-256 of their bytes.
"""
import hashlib
import json
import os
import sys

BUCKET = "evidence"
# The set-up is four actions; from then on every request must be signed by somebody who may.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3  # noqa: E402
from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402


def client(name):
    return boto3.client(name, endpoint_url=endpoint, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


def objects():
    return [
        {"name": key.name, "metadata": dict(key.metadata), "content_type": key._metadata.get("Content-Type"),
         "sha256": hashlib.sha256(key.value).hexdigest(), "size": key.size}
        for key in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys.values()
    ]


server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
client("iam").create_user(UserName="assay")
key = client("iam").create_access_key(UserName="assay")["AccessKey"]
rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:PutObject", "s3:ListBucket", "s3:HeadBucket"],
                                                   "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/chainloop/*"]}]}
client("iam").put_user_policy(UserName="assay", PolicyName="write", PolicyDocument=json.dumps(rights))
print(json.dumps({"endpoint": endpoint, "bucket": BUCKET, "key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}), flush=True)
for _ in sys.stdin:
    print(json.dumps(objects()), flush=True)
server.stop()
