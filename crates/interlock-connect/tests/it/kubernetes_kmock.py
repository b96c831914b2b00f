"""A cluster of kmock with the resources that the tests use, on the loopback port that is given."""

import asyncio
import sys

from aiohttp.web import json_response
from kmock import KubernetesEmulator, ResourceInfo, Server

RBAC = "rbac.authorization.k8s.io"
VERBS = {"create", "delete", "get", "list", "patch"}
RESOURCES = [
    ("v1/pods", "Pod", True),
    ("v1/secrets", "Secret", True),
    ("v1/serviceaccounts", "ServiceAccount", True),
    ("apps/v1/deployments", "Deployment", True),
    (f"{RBAC}/v1/clusterrolebindings", "ClusterRoleBinding", False),
    (f"{RBAC}/v1/clusterroles", "ClusterRole", False),
    (f"{RBAC}/v1/rolebindings", "RoleBinding", True),
    (f"{RBAC}/v1/roles", "Role", True),
]


# kmock keeps every request and looks through all of them for each answer: after a thousand, one takes a
# tenth of a second and more. More than these are never under way at once.
KEPT = 32


class Cluster(KubernetesEmulator):
    """Tells everybody that it is the connector: it knows nobody, and keeps such a question as an object."""

    async def _handle(self, request):
        del self._requests[:-KEPT]
        if request.resource is not None and request.resource.plural == "selfsubjectreviews":
            return json_response({"status": {"userInfo": {"username": "interlock", "groups": []}}}, status=201)
        return await super()._handle(request)


async def main(port: int) -> None:
    cluster = Cluster()
    for resource, kind, namespaced in RESOURCES:
        cluster.resources[resource] = ResourceInfo(
            kind=kind, singular=kind.lower(), namespaced=namespaced, verbs=VERBS
        )
    async with cluster, Server(cluster, host="127.0.0.1", port=port):
        print("ready", flush=True)
        await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
