// A short server around the package `oidc-provider`: one client that may introspect, one that signs, and
// registration.
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [modules, port, key] = process.argv.slice(2);
const jwk = createPublicKey(readFileSync(key)).export({ format: 'jwk' });
const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'interlock',
    client_secret: 'interlock-test-secret',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
  }, {
    client_id: 'signer',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...jwk, use: 'sig' }] },
  }],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    registration: { enabled: true, initialAccessToken: 'initial-test-token' },
    registrationManagement: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:example:api',
      getResourceServerInfo: () => ({ scope: 'api', accessTokenFormat: 'opaque' }),
      useGrantedResource: () => true,
    },
    revocation: { enabled: true },
  },
});
provider.listen(Number(port), '127.0.0.1');
