/** Words that people take for secrets. */
const WORDS =
  "secret password jwt key token admin test demo hello changeme change-me default example sample letmein welcome qwerty dragon monkey football master shadow sunshine iloveyou princess login root toor guest user pass access auth private public api app web server service backend frontend dev prod staging local company project flask django express node spring laravel rails python java javascript react angular docker kubernetes redis mongo mysql postgres oracle signature signing sign hmac hs256 sha256 session cookie refresh bearer oauth shared internal temp foo bar baz abc abc123 qwerty123 123456 12345678 123456789 supersecret topsecret mysecret secretkey secret_key jwtsecret jwt_secret".split(
    " ",
  );

/** What is put before and behind them to make them longer. */
const BEFORE = ["", "my-", "my", "my_", "super-", "super", "super_", "the-", "jwt-", "jwt_", "your-", "our-"];
const BEHIND = [
  "",
  "1",
  "123",
  "1234",
  "!",
  "?",
  "2024",
  "2025",
  "2026",
  "-key",
  "_key",
  "key",
  "-dev",
  "-prod",
  "-test",
];

/** About twenty thousand secrets, the plainest first. A real list has fifteen million, and takes a minute. */
export function weakSecrets(): readonly string[] {
  return BEFORE.flatMap((before) => BEHIND.flatMap((behind) => WORDS.map((word) => before + word + behind)));
}
