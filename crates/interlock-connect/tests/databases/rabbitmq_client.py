"""rabbitmq_client.py PORT USER PASSWORD VHOST: a workload, by pika, one word a line.

`use` declares, writes and reads the queue `known`; `fresh` does it with one it never saw; `got` says how
many messages its consumer has; everything is answered by one line.
"""
import select, sys, pika

port, user, password, vhost = sys.argv[1:]
got, seen = [], 0


def said(error):
    code = getattr(error, "reply_code", "")
    text = getattr(error, "reply_text", "") or str(error) or type(error).__name__
    return f"{code} {text}".strip().replace("\n", " ")


try:
    connection = pika.BlockingConnection(
        pika.ConnectionParameters(
            "127.0.0.1", int(port), vhost, pika.PlainCredentials(user, password), socket_timeout=10
        )
    )
    channel = connection.channel()
except Exception as error:
    print("refused", said(error), flush=True)
    sys.exit(1)

print("in", flush=True)
lost = None
# Without a buffer, so that a word that waits is always one that `select` sees.
words = open(0, "rb", buffering=0)
while True:
    # As any workload does, it answers the broker also while nobody asks it for anything.
    if not select.select([words], [], [], 0.2)[0]:
        try:
            if lost is None:
                connection.process_data_events(0)
        except Exception as error:
            lost = error
        continue
    line = words.readline()
    if not line:
        break
    word = line.decode().strip()
    try:
        if not word:
            continue
        if lost is not None:
            raise lost
        if word == "use":
            channel.queue_declare("known")
            channel.basic_publish("", "known", b"x")
            channel.queue_declare("known", passive=True)
        elif word == "consume":
            channel.queue_declare("read")
            channel.basic_consume("read", lambda *_: got.append(1), auto_ack=True)
        elif word == "got":
            connection.process_data_events(1)
            print(len(got), flush=True)
            continue
        elif word == "fresh":
            seen += 1
            other = connection.channel()
            other.queue_declare(f"fresh-{seen}")
        print("works", flush=True)
    except Exception as error:
        print(said(error), flush=True)
