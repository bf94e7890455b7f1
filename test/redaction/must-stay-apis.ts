/**
 * Fields of public APIs that hold no secrets although their names come near, by API, each with a value that its
 * documentation shows. They were written down after the rules, and run before any rule was changed for them: see
 * docs/configuration.md for the figures of that run.
 */
const harmlessFields: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  stripe: {
    ...each('ba_1NAz2x', 'bank_account payment_method default_source latest_charge balance_transaction'),
    ...each('fp_9Qx', 'fingerprint network_token_fingerprint card_fingerprint idempotency_key lookup_key'),
    ...each('pass', 'cvc_check address_postal_code_check address_line1_check'),
    ...each(true, 'ssn_last_4_provided id_number_provided requires_cvc_recollection'),
    ...each('visa', 'card_brand brand network funding tokenization_method authorization_method wallet'),
    ...each(['usd', 'eur'], 'supported_tokens supported_currencies allowed_card_presences'),
    ...each({ orders: '7' }, 'session_metadata metadata'),
    ...each('usdc', 'token_currency destination_currency'),
    ...each(200, 'amount_authorized authorization_amount session_count'),
    ...each('0x1234', 'token_contract_address'),
  },
  twilio: {
    ...each(
      `CR${'0a'.repeat(16)}`,
      'credential_sid CredentialSid apn_credential_sid FcmCredentialSid credential_list_sid',
    ),
    ...each(`SM${'0a'.repeat(16)}`, 'sid account_sid message_sid messaging_service_sid session_sid ServiceSid'),
    ...each(6, 'code_length Config.CodeLength Totp.CodeLength totp_code_length'),
    ...each(1, 'Totp.Skew totp_skew token_ttl'),
    ...each(30, 'Totp.TimeStep totp_time_step access_token_ttl'),
    ...each('acme', 'Totp.Issuer totp_issuer credential_friendly_name'),
    ...each('preferred', 'discoverable_credentials Passkeys.DiscoverableCredentials user_verification'),
    ...each(true, 'EnableSnaClientToken can_enroll_in_totp IncludeCredentials custom_code_enabled'),
    ...each('closed', 'session_status SessionStatus session_state'),
    ...each('https://a.example', 'OutOfSessionCallbackUrl authorize_redirect_url deauthorize_callback_url'),
  },
  openai: {
    ...each({ cached_tokens: 3, text_tokens: 9 }, 'input_token_details output_token_details prompt_tokens_details'),
    ...each({ reasoning_tokens: 3 }, 'completion_tokens_details input_tokens_details output_tokens_details'),
    ...each([-0.1, -0.2], 'token_logprobs top_logprobs text_offset'),
    ...each(0.93, 'full_valid_mean_token_accuracy train_mean_token_accuracy valid_mean_token_accuracy pass_threshold'),
    ...each(400, 'chunk_overlap_tokens max_chunk_size_tokens trained_tokens cache_write_tokens max_completions_tokens'),
    ...each('key_abc', 'api_key_id external_key_id prompt_cache_key safety_identifier'),
    ...each(1_767_225_600, 'api_key_last_used_at session_expires_at num_sessions'),
    ...each('passed', 'status passing_labels grader_result'),
    ...each({ amount: { value: 1 } }, 'model_grader_token_usage_per_model token_usage tokenUsage'),
  },
  slack: {
    ...each('bot', 'token_type bot_user_id authed_user_id app_id'),
    ...each('2026-01-01', 'session_duration_date'),
    ...each(true, 'token_rotation_enabled is_bot has_2fa two_factor_enabled'),
    ...each('sha', 'avatar_hash last_avatar_image_hash'),
    ...each('app', 'two_factor_type auth_type authorization_type'),
  },
  github: {
    ...each(true, 'secret_scanning_enabled secret_scanning_push_protection two_factor_authentication'),
    ...each(
      'enabled',
      'secret_scanning secret_scanning_status secret_scanning_validity_checks secret_scanning_ai_detection',
    ),
    ...each('github_personal_access_token', 'secret_type secret_type_display_name'),
    ...each(7, 'secret_scanning_alert_number total_secrets_count key_id token_id'),
    ...each('https://api.github.com', 'authorizations_url current_user_authorizations_html_url token_url tokens_url'),
    ...each('all', 'selected_repositories_url visibility author_association'),
    ...each('2026-01-01', 'token_last_used_at token_expires_at credential_authorized_at credential_accessed_at'),
    ...each('x', 'credential_authorized_title authorized_credential_title verified signature_reason'),
  },
  aws: {
    ...each('arn:aws:s3:::b', 'SecretArn SecretARN TokenArn CredentialArn AuthorizerArn credentialsArn'),
    ...each('db/orders', 'SecretId SecretName secretsManagerSecretId MasterUserSecretKmsKeyId'),
    ...each(
      true,
      'PasswordResetRequired RequireSymbols AllowUsersToChangePassword ExpirePasswords HardExpiry ManageMasterUserPassword',
    ),
    ...each(
      90,
      'MaxPasswordAge PasswordReusePrevention MinimumPasswordLength TokenValidityInSeconds RefreshTokenValidity',
    ),
    ...each(60, 'AccessTokenValidity IdTokenValidity DurationSeconds MaxSessionDuration SessionTimeoutSeconds'),
    ...each('CAUQAA', 'NextToken StartingToken ClientToken ClientRequestToken ExclusiveStartKey'),
    ...each('lambda', 'AuthorizationType authorizerType CredentialType SessionName RoleSessionName sessionName'),
    ...each('2026-01-01', 'PasswordLastChanged AccessKeyLastUsedDate LastUsedDate SecretCreatedDate LastRotatedDate'),
    ...each('Active', 'AccessKeyStatus SessionStatus KeyState CredentialStatus'),
    ...each('orders', 'KeyName KeyPairName KeyId KeyArn PartitionKey SortKey HashKey RangeKey AttributeName'),
    ...each('SOFTWARE_TOKEN_MFA', 'ChallengeName PreferredMfaSetting MfaType'),
    ...each(['ALLOW_USER_PASSWORD_AUTH'], 'ExplicitAuthFlows AllowedOAuthFlows AuthFlows'),
  },
  google: {
    ...each('CAUQAA', 'nextPageToken pageToken nextSyncToken continuationToken'),
    ...each('https://oauth2.googleapis.com/token', 'token_uri auth_uri tokenUri'),
    ...each('0123abcd', 'private_key_id keyId uniqueId'),
    ...each(
      12,
      'promptTokenCount candidatesTokenCount totalTokenCount thoughtsTokenCount maxOutputTokens cachedContentTokenCount',
    ),
    ...each([{ modality: 'TEXT', tokenCount: 3 }], 'promptTokensDetails candidatesTokensDetails cacheTokensDetails'),
    ...each('GOOGLE_PROVIDED', 'privateKeyType publicKeyType keyOrigin keyAlgorithm'),
    ...each('2026-01-01', 'validAfterTime passwordUpdatedAt tokensValidAfterTime'),
    ...each(true, 'passwordResetAllowed changePasswordAtNextLogin isEnrolledIn2Sv enforcedIn2Sv'),
  },
  azure: {
    ...each('AAD', 'authenticationType authType tokenIssuerType credentialType'),
    ...each('orders', 'secretName keyVaultSecretId secretIdentifier secretUri secretUrl secretVersion'),
    ...each(
      true,
      'disablePasswordAuthentication allowSharedKeyAccess forceChangePasswordNextSignIn isAccessTokenIssuanceEnabled',
    ),
    ...each('DisablePasswordExpiration', 'passwordPolicies passwordPolicy'),
    ...each('2026-01-01', 'lastPasswordChangeDateTime signInSessionsValidFromDateTime passwordExpirationDate'),
  },
  kubernetes: {
    ...each('db', 'secretName secretRef secretKeyRef.name imagePullSecretName tokenSecretName secretProviderClass'),
    ...each(3600, 'tokenExpirationSeconds expirationSeconds timeoutSeconds sessionAffinityTimeoutSeconds'),
    ...each(false, 'automountServiceAccountToken automountServiceAccountTokens enableServiceLinks hostPID'),
    ...each('ClientIP', 'sessionAffinity sessionAffinityConfig.mode'),
    ...each('client.authentication.k8s.io/v1', 'apiVersion credentialPluginVersion'),
    ...each('/var/run/secrets', 'tokenFile tokenPath certificateAuthority secretMountPath secretsDir'),
    ...each('authorization.k8s.io', 'authorizationMode authorization-mode apiGroup'),
  },
  openid: {
    ...each('https://id.example/x', 'token_endpoint authorization_endpoint introspection_endpoint revocation_endpoint'),
    ...each(
      'https://id.example/x',
      'device_authorization_endpoint pushed_authorization_request_endpoint check_session_iframe',
    ),
    ...each(
      ['RS256'],
      'id_token_signing_alg_values_supported authorization_signing_alg_values_supported token_endpoint_auth_methods_supported',
    ),
    ...each('RS256', 'id_token_signed_response_alg id_token_encrypted_response_alg request_object_signing_alg'),
    ...each(
      true,
      'frontchannel_logout_session_required backchannel_logout_session_supported tls_client_certificate_bound_access_tokens',
    ),
    ...each(1_767_225_600, 'auth_time exp iat nbf updated_at'),
    ...each('code', 'response_type response_mode grant_type code_challenge_method'),
    ...each('S256', 'code_challenge_methods_supported acr amr azp'),
    ...each('openid', 'scope scopes_supported token_scope'),
    ...each(
      'urn:ietf:params:oauth:token-type:jwt',
      'subject_token_type requested_token_type issued_token_type actor_token_type token_type_hint',
    ),
  },
  webauthn: {
    ...each([{ type: 'public-key', alg: -7 }], 'pubKeyCredParams'),
    ...each('required', 'residentKey userVerification authenticatorAttachment credentialProtectionPolicy'),
    ...each('platform', 'credentialDeviceType'),
    ...each(true, 'credentialBackedUp'),
  },
  saml: {
    ...each('https://id.example', 'SessionNotOnOrAfter AuthnContextClassRef NameQualifier AssertionConsumerServiceURL'),
    ...each('2026-01-01', 'AuthnInstant IssueInstant NotOnOrAfter'),
    ...each('urn:oasis:names:tc:SAML:2.0:ac:classes:Password', 'authnContextClass requestedAuthnContext'),
  },
  salesforce: {
    ...each('2026-01-01', 'LastPasswordChangeDate PasswordExpirationDate LastLoginDate'),
    ...each(true, 'IsPasswordLocked PermissionsPasswordNeverExpires PermissionsManagePasswordPolicies'),
    ...each('15 minutes', 'SessionTimeout session_timeout_label SessionSecurityLevel'),
    ...each('Standard', 'SessionType LoginType AuthMethodReference'),
  },
  shopify: {
    ...each('1234', 'credit_card_last4 credit_card_bin_prefix last_characters'),
    ...each('Visa', 'credit_card_company credit_card_name payment_gateway'),
    ...each('Y', 'avs_result_code cvv_result_code'),
    ...each('wallet', 'credit_card_wallet pass_type pass_kind'),
    ...each(8, 'password_min_length session_count pin_count'),
    ...each('eyJ', 'page_info cursor endCursor startCursor'),
  },
  databases: {
    ...each(
      'scram-sha-256',
      'password_encryption auth_method auth_plugin authentication_plugin default_authentication_plugin',
    ),
    ...each('postgres', 'session_user current_user sessionRole'),
    ...each(12, 'active_sessions max_sessions session_count sessions_killed sessions_abandoned session_pool_size'),
    ...each(
      12,
      'key_reads key_writes key_blocks_used Key_read_requests expired_keys evicted_keys keyspace_hits keyspace_misses',
    ),
    ...each(90, 'default_password_lifetime password_history password_reuse_interval password_lock_time'),
    ...each('STRONG', 'validate_password.policy validate_password_check_user_name'),
    ...each('orders_pkey', 'primary_key foreign_key key_column_usage index_key shard_key partition_key sort_key'),
    ...each('2026-01-01', 'password_last_changed session_start valuntil'),
  },
  fhir: {
    ...each('Patient/7', 'author authenticator attester asserter custodian'),
    ...each('active', 'status clinicalStatus verificationStatus'),
    ...each('http://loinc.org', 'code system display valueCodeableConcept'),
    ...each('1.2', 'specimenPassage'),
  },
  identity: {
    ...each(true, 'mfa_enabled email_verified passwordless password_set requires_verification otpRequired pin_set'),
    ...each(
      '2026-01-01',
      'passwordChanged password_changed last_password_reset credentials_updated_at lastPasswordReset',
    ),
    ...each('PASSWORD', 'credential_provider_type factorType provider authenticationMethod'),
    ...each(['pwd', 'otp'], 'amr_values factors supportedFactors'),
    ...each('Invalid password', 'error_description message reason'),
    ...each(3, 'failed_password_attempts bad_password_count passwordAttempts otp_attempts pin_attempts_left'),
    ...each('Username-Password-Authentication', 'connection strategy realm'),
  },
  web: {
    ...each('same-origin', 'credentials_mode credentialsMode sec-fetch-site sec-fetch-mode'),
    ...each('Lax', 'cookieSameSite session_cookie_samesite cookie_samesite'),
    ...each('x', 'cookie_policy cookieBannerVersion cookie_category'),
    ...each('*', 'access-control-allow-origin access-control-allow-headers access-control-expose-headers'),
    ...each('Ada', 'author authorName author_email co_authors'),
    ...each('gzip', 'content-encoding accept-encoding'),
    ...each('token', 'kind node_kind syntaxKind'),
    ...each(3, 'passes passing passed skipped passCount pass_count testsPassed'),
    ...each('42', 'passengers passenger_count passport_country compass_heading'),
    ...each('north', 'panDirection pan_direction panel spanId parentSpanId japan_region'),
    ...each(120, 'pinCount pinsPerRow shoppingCartCount spinCount'),
    ...each('main', 'branch_protection signed_commits required_signatures'),
  },
};

function each(value: unknown, names: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, value]));
}

export const mustStayOfApis: readonly unknown[] = Object.values(harmlessFields).flatMap((fields) =>
  Object.entries(fields).map(([name, value]) => ({ [name]: value })),
);
