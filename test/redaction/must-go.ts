/** Made up, and written in parts, so that no scanner of secrets takes it for a real one. */
const canary = 'cAnary7Zq9xK';

/** Something that holds a secret, and what must not be seen of it. */
export type SecretRow = readonly [given: unknown, secret: string];

const under = (names: string, secret: string | number = canary): readonly SecretRow[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [{ [name]: secret }, String(secret)]);

const names = [
  ...under(`password Password PASSWORD pass_word passWord pass-word passwd pwd userPassword user_password newPassword
    oldPassword currentPassword confirmPassword password_confirmation passwordHash password_hash passHash pass_hash
    encryptedPassword hashedPassword db_password DB_PASSWORD PGPASSWORD MYSQL_PWD MYSQL_ROOT_PASSWORD REDIS_PASSWORD
    rootPassword adminPassword masterUserPassword MasterUserPassword smtp_pass dbPass userPass passphrase passPhrase
    passcode passCode pass password1 password2 pAsSwOrD dbpassword passwort resetPassword basicAuthPassword`),
  ...under(`token accessToken access_token refreshToken refresh_token id_token idToken authToken auth_token X-Auth-Token
    bearerToken sessionToken aws_session_token AWS_SESSION_TOKEN SessionToken csrfToken csrf_token _csrf xsrf-token
    X-XSRF-TOKEN X-CSRF-Token apiToken api_token githubToken GITHUB_TOKEN GH_TOKEN NPM_TOKEN SLACK_BOT_TOKEN
    oauth_token oauthToken request_token resetToken password_reset_token passwordResetToken verificationToken
    inviteToken deviceToken personalAccessToken private_token PRIVATE-TOKEN tokenValue backendToken newToken tokens
    x-amz-security-token X-Vault-Token x-goog-iam-authorization-token accesstokens webhookToken jwt JWT jwtToken`),
  ...under(`secret clientSecret client_secret CLIENT_SECRET appSecret app_secret consumerSecret consumer_secret
    oauth_token_secret webhookSecret webhook_secret signingSecret STRIPE_WEBHOOK_SECRET JWT_SECRET jwtSecret secretKey
    secret_key SECRET_KEY AWS_SECRET_ACCESS_KEY secretAccessKey SecretAccessKey secretString SecretString totpSecret
    sharedSecret shared_secret sessionSecret cookieSecret cookie_secret api_secret`),
  ...under(`apiKey api_key API_KEY X-Api-Key x-api-key apikey ApiKey OPENAI_API_KEY ANTHROPIC_API_KEY googleApiKey
    accessKey access_key accessKeyId AWS_ACCESS_KEY_ID privateKey private_key PRIVATE_KEY sshPrivateKey tls_private_key
    signingKey signing_key encryptionKey encryption_key masterKey MASTER_KEY sharedKey accountKey AccountKey
    DD-APPLICATION-KEY Ocp-Apim-Subscription-Key connectionString connection_string`),
  ...under(`Authorization authorization Proxy-Authorization proxy-authorization auth Auth authCode auth_code
    authorizationCode authorization_code code_verifier codeVerifier client_assertion SAMLResponse bearer credentials
    credential dbCredentials creds dbCreds cred`),
  ...under(`cookie Cookie cookies Set-Cookie set-cookie session sessionId session_id SessionId sessionID session_key
    sessionKey JSESSIONID PHPSESSID ASP.NET_SessionId connect.sid sid sessid sessionData`),
  ...under(`pin PIN userPin user_pin pinCode pin_code pincode otp OTP otpCode otp_code totp oneTimeOtp`),
  ...under(`cvv CVV cvc cvv2 csc cvvCode cardNumber card_number cardNo card_no cardnum creditCard credit_card
    creditCardNumber credit_card_number pan PAN cardPan panNumber ccnum cc_number ssn SSN userSsn socialSecurityNumber
    social_security_number ssn_last_4`),
  ...under(`mnemonic seedPhrase seed_phrase recoveryCode recovery_codes backupCodes securityCode securityAnswer
    X-Amz-Signature X-Amz-Credential sig .dockerconfigjson user%5Bpassword%5D api%5Fkey`),
  ...under('pin passcode otp ssn cvv cardNumber', 739_182),
];

const diffs: readonly SecretRow[] = [
  { field: 'password', value: canary },
  { field: 'password', oldValue: canary, newValue: 'x' },
  { field: 'password', oldValue: 'x', newValue: canary },
  { Field: 'Password__c', OldValue: canary, NewValue: 'x' },
  { key: 'password', from: canary, to: 'x' },
  { attribute: 'api_key', old: canary, new: 'x' },
  { column: 'password', before: 'x', after: canary },
  { propertyName: 'Password', previousValue: canary, currentValue: 'x' },
  { op: 'replace', path: '/password', value: canary },
  { op: 'add', path: '/users/0/credentials/secret', value: canary },
  { op: 'test', path: ['user', 'password'], value: canary },
  { kind: 'E', path: ['password'], lhs: canary, rhs: 'x' },
  { kind: 'E', path: ['user', 'token'], lhs: 'x', rhs: canary },
  { kind: 'A', path: ['tokens'], index: 0, item: { kind: 'N', rhs: canary } },
  { type: 'CHANGE', path: ['password'], value: canary, oldValue: 'x' },
  { property: 'password', value: canary, constraints: { minLength: 'too short' } },
  { path: ['password'], context: { key: 'password', label: 'password', value: canary } },
  { param: 'password', value: canary, msg: 'Invalid value' },
  { path: 'password', value: canary, kind: 'minlength' },
  { path: 'password', originalValue: canary },
  { loc: ['body', 'password'], input: canary },
  { field: 'password', rejectedValue: canary },
  { propertyName: 'Password', attemptedValue: canary },
  { field: 'password', fromString: canary, toString: 'x' },
  { name: 'DB_PASSWORD', value: canary },
  { Key: 'DbPassword', Value: canary },
  { ParameterKey: 'DBPassword', ParameterValue: canary },
  { kind: 'Argument', name: { kind: 'Name', value: 'password' }, value: { kind: 'StringValue', value: canary } },
].map((given) => [given, canary]);

const values: readonly SecretRow[] = [
  [new Headers({ authorization: `Bearer ${canary}` }), canary],
  [new URLSearchParams({ password: canary }), canary],
  [new Map<unknown, unknown>([[{ a: 1 }, { token: canary }]]), canary],
  [new AggregateError([new Error(`password=${canary}`)], 'failed'), canary],
  [Object(`password=${canary}`), canary],
  [['--password', canary], canary],
  [['password', canary], canary],
  [{ card: 4_242_424_242_424_242 }, '4242424242424242'],
];

const long = (length: number): string => `a1B2c3D4e5F6g7H8i9J0`.repeat(5).slice(0, length);
/** Each prefix stands apart from what follows. */
const tokens = (
  [
    ['ghp_', 36],
    ['gho_', 36],
    ['ghu_', 36],
    ['ghs_', 36],
    ['ghr_', 36],
    ['github_pat_', 40],
    ['xoxb-', 30],
    ['xoxp-', 30],
    ['xapp-', 30],
    ['sk_live_', 24],
    ['sk_test_', 24],
    ['rk_live_', 24],
    ['whsec_', 32],
    ['sk-', 48],
    ['sk-proj-', 48],
    ['sk-ant-api03-', 60],
    ['AIza', 35],
    ['ya29.', 40],
    ['GOCSPX-', 28],
    ['glpat-', 20],
    ['npm_', 36],
    ['hf_', 34],
    ['hvs.', 30],
    ['dop_v1_', 64],
    ['shpat_', 32],
  ] as const
).flatMap(([prefix, length]): SecretRow[] => [
  [`sent ${prefix}${long(length)}, refused`, long(length)],
  [{ note: [`${prefix}${long(length)}`] }, long(length)],
]);

const cards = [
  '4242 4242 4242 4242',
  '4242424242424242',
  '5555-5555-5555-4444',
  '378282246310005',
  '3782 822463 10005',
].concat(['6011111111111117', '30569309025904', '3530111333300000', '4222222222222', '2223003122003222']);

const texts = [
  `password=${canary}`,
  `password: ${canary}`,
  `pass=${canary}`,
  `pin=${canary}`,
  `user%5Bpassword%5D=${canary}`,
  `https://host/x?api%5Fkey=${canary}`,
  `https://host/x?access_token=${canary}&page=2`,
  `CREATE USER a IDENTIFIED BY '${canary}'`,
  `ALTER USER a IDENTIFIED WITH mysql_native_password BY '${canary}'`,
  `create user a identified by ${canary}`,
  `ALTER ROLE a WITH PASSWORD '${canary}'`,
  `Key (password)=(${canary}) already exists.`,
  `Key (email, password)=(a@b.example, ${canary}) already exists.`,
  `Authorization: Basic\r\n ${canary}\r\nHost: x`,
  `Cookie: a=b;\r\n\tc=${canary}\r\nHost: x`,
  `Set-Cookie: connect.sid=${canary}; Path=/`,
  `rejected: Bearer ${canary}`,
  `postgres://app:${canary}@db:5432/orders`,
  `redis://:${canary}@cache:6379`,
  `mysql -u root -p${canary} orders`,
  `curl -H 'X-Api-Key: ${canary}' https://host`,
  `--client-secret ${canary}`,
  `your API key: ${canary}`,
  `security code: ${canary}`,
  `{"password":"${canary}"}`,
  `<password>${canary}</password>`,
  `https://hooks.slack.com/services/T0/B0/${canary}`,
].map((text): SecretRow => [text, canary]);

export const mustGo: readonly SecretRow[] = [
  ...names,
  ...diffs,
  ...values,
  ...tokens,
  ...cards.map((card): SecretRow => [`paid with ${card} today`, card]),
  ...texts,
];
