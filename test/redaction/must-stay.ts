/** Names and texts of public APIs that are no secrets. Rows are `value under name`, and texts as they stand. */
const under = (value: unknown, names: string): readonly unknown[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => ({ [name]: value }));

const names = [
  // OpenTelemetry, OpenAI, Anthropic, Google: what models count
  ...under(512, 'gen_ai.usage.input_tokens gen_ai.usage.output_tokens prompt_tokens completion_tokens total_tokens'),
  ...under(
    512,
    'max_tokens max_completion_tokens max_output_tokens maxTokens max_new_tokens reasoning_tokens cached_tokens',
  ),
  ...under(512, 'audio_tokens accepted_prediction_tokens rejected_prediction_tokens cache_creation_input_tokens'),
  ...under(
    512,
    'cache_read_input_tokens budget_tokens promptTokenCount candidatesTokenCount totalTokenCount inputTokens',
  ),
  ...under(
    '512',
    'x-ratelimit-remaining-tokens x-ratelimit-limit-tokens anthropic-ratelimit-tokens-limit outputTokens',
  ),
  ...under(
    '1s',
    'x-ratelimit-reset-tokens tokens_per_minute tokens_per_second tokenCount token_count tokenLimit tokenizer',
  ),
  ...under(12, 'sessions cookies tokens secrets credentials passwords activeSessions db.client.sessions'),
  // Lists and their pages: Google, AWS, Azure, Kubernetes
  ...under(
    'CAUQAA',
    'nextPageToken pageToken next_page_token nextToken NextToken continuationToken NextContinuationToken',
  ),
  ...under(
    'CAUQAA',
    'ContinuationToken syncToken nextSyncToken paginationToken startToken endToken resumeToken cursorToken',
  ),
  ...under(
    'CAUQAA',
    'nextpagetoken prevPageToken previousPageToken clientRequestToken ClientRequestToken idempotencyToken',
  ),
  ...under(
    'CAUQAA',
    'sequenceToken nextSequenceToken cancellationToken cancelToken eos_token bos_token pad_token unk_token',
  ),
  ...under('CAUQAA', 'sep_token cls_token mask_token stop_token special_tokens design_tokens fencingToken scrollToken'),
  // OAuth and OpenID Connect
  ...under(
    'https://id.example',
    'token_endpoint authorization_endpoint tokenUrl tokenURL authorizationUrl auth_uri token_uri',
  ),
  ...under(
    'https://id.example',
    'authUrl auth_provider_x509_cert_url end_session_endpoint check_session_iframe_url sessionUrl',
  ),
  ...under(
    'Bearer',
    'token_type tokenType token_endpoint_auth_method token_endpoint_auth_methods_supported bearerFormat',
  ),
  ...under(
    'RS256',
    'id_token_signing_alg_values_supported token_endpoint_auth_signing_alg_values_supported authType auth_type',
  ),
  ...under(
    3600,
    'token_expires_in tokenExpiresIn access_token_expires_at refresh_token_expires_in client_secret_expires_at',
  ),
  ...under(
    3600,
    'auth_time authTime sessionDuration session_duration sessionTimeout session_timeout sessionTTL tokenTtl',
  ),
  ...under(
    'basic',
    'authMethod auth_method authMode authProvider authScheme auth_level authScope oauth_scopes X-OAuth-Scopes',
  ),
  ...under(
    'x',
    'jwtIssuer jwtAudience jwtPublicKey jwtAlgorithm tokenIssuer tokenAudience tokenScope tokenScopes jwks_uri',
  ),
  // AWS, Kubernetes, clouds
  ...under(
    'orders',
    'secretName secretRef secretKeyRef secretArn SecretArn secretVersion secretType secretNamespace SecretName',
  ),
  ...under('orders', 'kmsKeyId KeyId keyId keyName sessionName RoleSessionName sessionAffinity sessionAffinityConfig'),
  ...under(
    'orders',
    'imagePullSecretName tokenSecretName credentialProvider credentialsProvider credentialType credentialName',
  ),
  ...under(
    'orders',
    'apiKeySource apiKeyName apiKeyRequired apiKeyId privateKeyPath privateKeyId private_key_id passwordFile',
  ),
  ...under('2026-01-01', 'PasswordLastUsed passwordLastUsed passwordLastChanged password_changed_at passwordChangedAt'),
  ...under(
    '2026-01-01',
    'passwordExpiresAt passwordExpiryDate tokenCreatedAt tokenLastUsedAt secretRotatedAt LastRotatedDate',
  ),
  ...under(
    '2026-01-01',
    'sessionStart session_start sessionEnd sessionStartedAt sessionDate cookieExpires cookieExpiry',
  ),
  ...under('x', 'passwordPolicy passwordStrength passwordRules passwordResetRequired passwordField passwordLabel'),
  ...under(
    'x',
    'passwordPlaceholder passwordHashAlgorithm password_encryption passwordless passwordManager passwordMinLength',
  ),
  ...under(
    'x',
    'cookieConsent cookieDomain cookiePath cookieName cookiePolicy cookieBanner cookiePreferences cookieMaxAge',
  ),
  ...under(
    'x',
    'cookieSameSite cookieHttpOnly cookieSecure sessionStore sessionStorage sessionAttributes sessionType sessionStatus',
  ),
  ...under('x', 'tokenSymbol tokenAddress tokenDecimals tokenContract tokenSupply tokenPrice tokenName tokenStandard'),
  // Payments: Stripe, Shopify
  ...under('pass', 'cvc_check cvcCheck cvv_result_code cvvResult credit_card_company credit_card_bin creditCardBrand'),
  ...under(
    '4242',
    'creditCardLast4 cardNumberLast4 credit_card_name creditCardType creditCardExpiry credit_card_expiration_month',
  ),
  // Twilio
  ...under(
    'AC0123',
    'account_sid accountSid AccountSid messageSid MessageSid CallSid callSid serviceSid conversationSid',
  ),
  ...under('AC0123', 'participantSid recordingSid MessagingServiceSid phoneNumberSid'),
  // Words that only look alike
  ...under(
    'x',
    'author authors authority authorId coauthor secretary passage passenger passport compass possession keyboard',
  ),
  ...under(
    'x',
    'primaryKey publicKey public_key foreignKey sortKey partitionKey cacheKey routingKey objectKey monkey spinning',
  ),
  ...under(
    'x',
    'pinned pinnedAt pinning mapPin pinout panel company japan expand passRate passFail passCount boardingPass',
  ),
  ...under(
    'x',
    'lowPass highPass bypass passThrough signature assignee designation resign classification oauth auth0Domain',
  ),
  // Node and Express
  ...under(
    'GET',
    'method url originalUrl baseUrl hostname protocol statusCode statusMessage httpVersion remoteAddress',
  ),
  ...under(
    'x',
    'etag accept host connection user-agent content-type content-length x-request-id traceparent tracestate vary',
  ),
  // Booleans and null
  ...under(
    true,
    'hasPassword isPasswordSet password_required requirePassword tokenValid hasToken sessionActive withCredentials',
  ),
  ...under(
    false,
    'password secret token cookie session authorization credentials pin otp ssn_last_4_provided authenticated',
  ),
  ...under(null, 'password secret token apiKey cookie session authorization creditCard cvv ssn privateKey authToken'),
  ...under('', 'password token secret'),
  ...under('true', 'access-control-allow-credentials requireCredentials'),
];

const values: readonly unknown[] = [
  { required: ['username', 'password'] },
  { required: ['password', 'email'] },
  { pan: { x: 1, y: 2 } },
  { pass: 12, fail: 3 },
  { pin: 13, mode: 'output' },
  { tokens: { input: 12, output: 30 } },
  { name: 'city', value: 'Ulm' },
  { field: 'price', oldValue: 1, newValue: 2 },
  { op: 'replace', path: '/items/0/price', value: 3 },
  { orderId: '4111111111111112' },
  { orderNumber: '1234567890123456' },
  { timestamp: 1_767_225_600_000, micros: '1767225600000000', nanos: '1767225600000000000' },
  { id: '0f8fad5b-d9cb-469f-a165-70867728950e' },
  { sha: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' },
  { sid: `SM${'0123456789abcdef'.repeat(2)}` },
];

const texts: readonly string[] = `
at login (/srv/app/auth.js:10:5)
at Object.<anonymous> (/srv/app/src/session.ts:120:13)
    at TokenService.refresh (file:///srv/app/token.service.mjs:12:34)
at com.acme.auth.Session.get(Session.java:42)
auth.py:12: DeprecationWarning
src/password.ts:3:1 - error TS2304: Cannot find name
webpack:///./src/auth.ts:10:5
FAIL test/token.test.js: 3 tests
http://session:8080/health
https://host.example/orders?page=2&sort=desc
https://host.example/orders?nextPageToken=CAUQAA
Basic Plan
the Basic Plan costs 5 euros
Basic Authentication is off
Bearer authentication is required
bearer of bad news
WWW-Authenticate: Bearer realm="example"
Access-Control-Allow-Headers: Authorization, Content-Type
Access-Control-Allow-Credentials: true
Vary: Cookie
Unexpected token < in JSON at position 0
Unexpected token 'o', "not json" is not valid JSON
SyntaxError: Unexpected token: punc
TokenExpiredError: jwt expired
AuthError: wrong
password: must be at least 8 characters long
Password: is required
token: expired
Token: invalid
session: not found
Session: user left the room
auth: login succeeded
cookies: we use them
password: string
function login(user: string, password: string): void
{ token?: string }
const token = await login()
const session = new Session()
token = req.headers.authorization
password = process.env.PASSWORD
SELECT * FROM users WHERE token = $1
SELECT * FROM users WHERE password = ?
UPDATE users SET password = :password
UPDATE users SET password = @password
usage: --token <token>
tokens: 512
input_tokens=512 output_tokens=30
prompt tokens: 12, total tokens: 40
max_tokens: 4096
hasPassword: true
password=null
{"hasPassword":true,"tokens":12}
pass: 12, fail: 3
Boarding pass: ABC123
next page token: CAUQAA
users are identified by their email
the password of the user has expired
reset your password in the settings
no session was found for the user
grant_type=refresh_token
token_type=bearer
response_type=code
order 4111111111111112 was shipped
2026-01-01T00:00:00.000Z took 12 ms
started at 1767225600000
[info] started --verbose --port 80
docker run --session-affinity none image
node:internal/modules/cjs/loader:1215
id=0f8fad5b-d9cb-469f-a165-70867728950e
commit da39a3ee5e6b4b0d3255bfef95601890afd80709
sk-learn is a library, and npm_config_cache a variable
call +49 170 1234567
at 52.5200, 13.4050
`
  .split('\n')
  .filter((text) => text !== '');

export const mustStay: readonly unknown[] = [...names, ...values, ...texts];
