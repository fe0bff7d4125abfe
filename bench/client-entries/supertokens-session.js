import SuperTokens from "supertokens-web-js";
import Session from "supertokens-web-js/recipe/session";

SuperTokens.init({ appInfo: { appName: "app", apiDomain: "https://api.example.com" }, recipeList: [Session.init()] });
const { doesSessionExist, signOut } = Session;
globalThis.used = { session: doesSessionExist, logout: signOut };
