const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Names whose values are redacted unless the user says otherwise, each as its words joined in lower case. */
export const defaultSecretNames: ReadonlySet<string> = words(`
  password passwd passphrase passcode pwd dbpass userpass pgpass pass pin pincode otp totp
  secret token jwt bearer auth authorization credential cred cookie csrf xsrf
  session sessionid sessid jsessionid phpsessid sid
  apikey accesskey secretkey privatekey privkey signingkey encryptionkey masterkey sharedkey accountkey applicationkey
  subscriptionkey connectionstring amzsignature amzcredential sig
  creditcard cardnumber cardno cardnum ccnumber ccnum pan cvv cvc csc ssn socialsecurity
  mnemonic seedphrase recoverycode backupcode securitycode securityanswer codeverifier clientassertion samlresponse
  dockerconfigjson dockercfg
  activationcode verificationcode confirmationcode devicecode mfacode smscode twofactorcode onetimecode oobcode
  securityquestionanswer ssekey ssecustomerkey keymaterial clientkeydata tlskey serverkey hmackey signaturekey appkey
  licensekey unsealkey psk sharedaccesssignature accesssas samlassertion authenticationstring requirepass masterauth
  temporaryproof
`);

/** Short names that mean much else: objects under them are looked into, and small numbers are counts or places. */
export const weakNames: ReadonlySet<string> = words('pass pin pan sid csc otp sig');

/** Behind a secret word, these make a name that tells about the secret, not the secret. */
export const harmlessEndings: ReadonlySet<string> = words(`
  address adapter affinity attempt banner attribute audience average bin brand budget button bytes category cert certificate
  charset claim column comment company complexity component connector consent constraint context contract country
  creator cost curve decimal dialog domain driver element encoding encryption end ended entity entropy enum env environment
  event factor factory failure feature field fingerprint flag flow form funding group guard handler help holder host http
  icon index input invalid issued issuer kind label last law less level library link location lookup manager max
  mechanism message middleware min missing modal model module namespace network notice offset only order owner package
  page parameter parser per permission placeholder plugin port position preference prefix price priority problem
  property protected prompt public publishable quality quota rate ratio realm ref reference region regex remaining
  requirement resolver resource role rotation rule same scheme schema scope score screen secure selector service
  setting sharing signer since spec standard start started state storage store strategy strength subject suffix sum
  summary supply symbol table tag tenant test thumbprint title total unit until usage used user username valid
  validation validator validity view wallet warning window zone
`);

/** A name that ends in one of these is that of no secret, whatever stands before. */
export const harmlessTails: ReadonlySet<string> = words(`
  age alg algorithm arn at changed config configuration count created date day description dir disabled duration
  enabled endpoint error exception exp expiration expire expired expires expiry expiring file filename format generator
  hour interval length len lifetime limit method millis minute mode ms name option path period policy provider region
  renewed required revoked rotated second sent size source status support supported time timeout timestamp ttl type
  updated uri url verified version
`);

/** Between a secret word and a harmless ending, these say nothing: `passwordResetRequired`. */
export const fillers: ReadonlySet<string> = words(
  'reset change update refresh idle inactivity absolute default allowed cookie',
);

/** Before a secret word, these ask or allow: `has_password`, `requirePin`. */
export const asking: ReadonlySet<string> = words(`
  accept accepts allow allows block blocks can count disable disables enable enables has hide is max maximum min minimum
  must need needs no num reject rejects require requires should show supports total use uses
`);

/** Before `token`, these say that it marks a place in a list or text, or is no credential for other reasons. */
export const tokenMarks: ReadonlySet<string> = words(`
  bos cancel cancellation cls concurrency continuation continue cursor delta design end eos erc fencing idempotency mask
  next nextpage pad page pagination paging position prev previous resume scroll sep sequence skip special start stop
  sync throttling unexpected illegal unk watch
`);

/** Before `tokens`, these count the pieces of a text. */
export const tokenCounts: ReadonlySet<string> = words(`
  accepted audio batch billable billed budget cache cached candidate candidates completion consumed context creation
  estimated eval generated generation image input limit max min num output per predicted prediction prefill processed
  prompt read reasoning rejected remaining response sampled text thinking thoughts tool total used vocab
`);

/** Words that together, the secret one among them, are called something else. */
export const harmlessPairs: ReadonlySet<string> = words(`
  boardingpass lowpass highpass bandpass firstpass secondpass singlepass multipass onepass twopass renderpass seasonpass
  skipass allpass testpass passthrough passthru passrate passfail passcount passpercentage passpercent passnumber
  passauthority passby
  gpiopin ledpin datapin clockpin mappin droppin inputpin outputpin resetpin pinx piny pinout
  mousepan mappan camerapan panx pany panzoom pangesture pandirection
  trainingsession workoutsession gamesession pullsecret clientrequesttoken ratelimitresettoken
  includecredential withcredential allowcredential excludecredential discoverablecredential supportedtoken
  startingtoken tokendetail tokendetails tokenaccuracy tokenlogprob tokenlogprobs tokencurrency secretscanning
  secretidentifier secretkms sessionmetadata sessioniframe sessionnot sessionsecurity credparams credentialauthorized
  authorizationamount passwordpolicies passwordreuse cookiesamesite totpskew tokenid
`);

/** Behind these, an `id` names the key, or what else it is, and is none itself. */
export const namedById: ReadonlySet<string> = words(
  'privatekey encryptionkey signingkey masterkey sharedkey apikey pass pin pan csc otp sig',
);

/** Before `sid`, these say that it is the id of a session; elsewhere it is an id of anything (`account_sid`). */
export const sessionIdOwners: ReadonlySet<string> = words('connect cookie session php express koa');

export const cardCodes: ReadonlySet<string> = words('cvv cvc csc');
/** Behind the code of a card: what its check gave. */
export const cardChecks: ReadonlySet<string> = words('check result match matched response');

/** Fields that hold the name of another field, its words joined: `{ name: 'password', value: … }`. */
export const nameFields: ReadonlySet<string> = words(`
  name key field path property attribute column header param parameter prop label loc variable
  headername fieldname propertyname columnname attributename parametername parameterkey optionname settingname
  variablename propertykey propertypath instancepath datapath
`);

/** Fields that hold the value of the field that is named beside them, as forms, diffs and validators call it. */
export const valueFields: ReadonlySet<string> = words(`
  value values val oldvalue newvalue old new from to before after lhs rhs left right previous current original updated
  previousvalue currentvalue originalvalue updatedvalue fromvalue tovalue beforevalue aftervalue fromstring tostring
  parametervalue optionvalue settingvalue headervalue attributevalue propertyvalue stringvalue rejectedvalue
  attemptedvalue input received actual item
`);
