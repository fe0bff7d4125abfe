import SuperTokens from "supertokens-web-js";
import EmailPassword from "supertokens-web-js/recipe/emailpassword";
import Session from "supertokens-web-js/recipe/session";

SuperTokens.init({
  appInfo: { appName: "app", apiDomain: "https://api.example.com" },
  recipeList: [EmailPassword.init(), Session.init()],
});
const { doesSessionExist, signOut } = Session;
globalThis.used = { session: doesSessionExist, login: EmailPassword.signIn, logout: signOut };
