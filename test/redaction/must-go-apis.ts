import type { SecretRow } from './must-go';

const canary = 'cAnary7Zq9xK';

/**
 * Fields of public APIs that hold secrets, by API. They were written down after the rules, and run before any
 * rule was changed for them: see docs/configuration.md for the figures of that run.
 */
const secretFields: Readonly<Record<string, string>> = {
  stripe: 'client_secret secret cvc_token token confirmation_token',
  twilio: `AuthToken auth_token secondary_auth_token ClientSecret SipAuthPassword RecoveryToken CallToken Config.NotificationToken
    Binding.Secret SnaClientToken port_out_pin csrf_token inquiry_session_token profile_api_key ActivationCode activation_code
    VerificationCode verification_code SecurityCode`,
  openai: 'domain_secrets client_secret api_key AdminApiKey',
  slack: `access_token bot_access_token app_token signing_secret verification_token refresh_token  
   `,
  github: `token client_secret webhook_secret installation_access_token runner_registration_token
    remove_token device_code hashed_token`,
  gitlab: `private_token runners_token incoming_email_token feed_token static_object_token deploy_token job_token
    runners_registration_token ci_job_token trigger_token otp_secret encrypted_otp_secret otp_backup_codes`,
  aws: `SecretAccessKey SessionToken AccessKeyId MasterUserPassword MasterPassword AuthToken SecretString SecretBinary
    CustomerProvidedSSEKey SSECustomerKey CopySourceSSECustomerKey DbPassword TemporaryPassword PreviousPassword ProposedPassword
    ClientSecret RefreshToken IdToken AccessToken SoftwareTokenMfaCode SmsMfaCode ConfirmationCode SecretHash PrivateKey
    KeyMaterial Passphrase WebIdentityToken SAMLAssertion X-Amz-Security-Token UserPassword AdminPassword`,
  google: `private_key private_key_pem client_secret refresh_token access_token id_token apiKey oauth_token passwordHash
    serverKey sharedSecret ikePreSharedKey rootPassword saslPassword oauth2ClientSecret`,
  azure: `clientSecret secretText adminPassword administratorLoginPassword accountKey primaryConnectionString
    secondaryConnectionString sasToken sharedAccessSignature sharedAccessKey accessSas passwordCredentials
     Ocp-Apim-Subscription-Key client_assertion`,
  kubernetes: `bootstrapToken client-key-data token id-token .dockerconfigjson sshPrivateKey
    ssh-privatekey tls.key bearerToken basicAuthPassword webhookToken`,
  oauth: `access_token refresh_token id_token code_verifier client_secret client_assertion device_code 
    subject_token actor_token registration_access_token logout_token id_token_hint password
    initial_access_token request_token`,
  saml: 'SAMLResponse SamlAssertion samlToken SPPrivateKey',
  salesforce: `security_token sessionId accessToken refreshToken consumerSecret SecurityToken  
    oauthToken SessionId`,
  shopify: `access_token storefront_access_token X-Shopify-Access-Token X-Shopify-Storefront-Access-Token api_secret_key
    shared_secret multipass_token customerAccessToken multipassSecret password_confirmation`,
  postgres: 'password sslpassword rolpassword passwd PGPASSWORD',
  mysql: 'authentication_string master_password MYSQL_PWD MYSQL_ROOT_PASSWORD',
  redis: 'requirepass masterauth REDIS_PASSWORD sentinelPassword tls-key-file-pass',
  mongodb: 'pwd saslPassword AWS_SESSION_TOKEN tlsCertificateKeyFilePassword sslPass sslKeyPassword keyVaultPassword',
  kafka: `sasl.password sasl.jaas.config.password ssl.keystore.password ssl.truststore.password ssl.key.password
    basic.auth.user.info.password sasl.oauthbearer.client.secret`,
  adyen: `cvc encryptedCardNumber encryptedSecurityCode cardNumber hmacKey securityCode pin storedPaymentMethodToken
    encryptedPassword`,
  paypal: 'security_code client_token access_token secret webhook_secret card_number',
  plaid: 'access_token public_token link_token secret processor_token client_secret mfa_token',
  square: 'access_token refresh_token client_secret signature_key',
  okta: `sessionToken stateToken recoveryToken passCode password client_secret activationToken
     sharedSecret`,
  auth0: 'client_secret mfa_token recovery_code otp oob_code id_token refresh_token signing_secret password_hash',
  firebase: 'idToken refreshToken oobCode customToken secureToken sessionCookie temporaryProof',
  webauthn: 'privateKey prfSecret',
  mail: 'smtp_password smtpPass imapPassword SENDGRID_API_KEY mailgun_api_key authPass mailPassword dkimPrivateKey',
  chat: 'bot_token botToken webhook_token discord_token telegramToken DISCORD_TOKEN line_channel_secret channelAccessToken',
  observability:
    'DD-API-KEY DD-APPLICATION-KEY api_app_key licenseKey license_key NEW_RELIC_LICENSE_KEY splunk_hec_token sentryAuthToken ingestToken',
  infrastructure: `vault_token unseal_key unsealKeys root_token secret_id secretId tf_token CF_API_TOKEN X-Auth-Key npm_token _authToken
    _password registryPassword wireguard_private_key presharedKey preshared_key psk wifiPassword wpa_passphrase`,
  django: 'csrfmiddlewaretoken SECRET_KEY sessionid csrftoken DJANGO_SECRET_KEY EMAIL_HOST_PASSWORD',
  rails:
    'authenticity_token secret_key_base reset_password_token encrypted_password confirmation_token unlock_token password_digest',
  laravel: 'remember_token DB_PASSWORD XSRF-TOKEN laravel_session two_factor_secret two_factor_recovery_codes',
  people:
    'ssn socialSecurityNumber social_security_number passcode smsCode mfaCode mfa_code twoFactorCode two_factor_code oneTimePassword one_time_code verificationCode otpToken securityQuestionAnswer',
};

export const mustGoOfApis: readonly SecretRow[] = Object.values(secretFields).flatMap((names) =>
  names
    .trim()
    .split(/\s+/)
    .map((name): SecretRow => [{ [name]: canary }, canary]),
);
