// What is typed stays on this device until the server has said that it is saved: through the end of a session, an
// outage and a page that could not be shown. It is offered when the same form of the same object is opened again.
(function () {
  "use strict";
  var main = document.getElementById("main"), person = document.body.dataset.person, DAYS = 7, BEGIN = "typed:";
  // A ULB that answers by its link has no account: its text belongs to the link's address.
  var BY_LINK = "link", owner = person || ("link" in document.body.dataset ? BY_LINK : "");
  var back = /^\/accounts\/(login|provider)\//.test(document.referrer ? new URL(document.referrer).pathname : "");
  function keys() { return Object.keys(localStorage).filter(function (key) { return key.startsWith(BEGIN); }); }
  function held(key) { try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; } }
  function hold(key, entry) { try { localStorage.setItem(key, JSON.stringify(entry)); } catch (error) { /* no room: nothing to offer */ } }
  function number() { return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (n) { return n.toString(16).padStart(2, "0"); }).join(""); }
  // The server names the form whose work it has done; what is old, or another person's, goes.
  var done = (document.cookie.match(/(?:^|; )typed_done=([0-9a-f]{32})/) || [])[1];
  if (done) { document.cookie = "typed_done=; path=/; max-age=0; samesite=lax" + (location.protocol === "https:" ? "; secure" : ""); }
  keys().forEach(function (key) {
    var entry = held(key), others = person && !key.startsWith(BEGIN + person + ":") && !key.startsWith(BEGIN + BY_LINK + ":");
    if (!entry || entry.id === done || others || Date.now() - entry.at > DAYS * 86400000) { localStorage.removeItem(key); }
  });
  // A page that says that something broke also says where the text is.
  document.querySelectorAll("[data-kept]").forEach(function (place) {
    var last = keys().map(held).filter(function (entry) { return entry && entry.sent; }).sort(function (a, b) { return b.at - a.at; })[0];
    if (!last) { return; }
    place.querySelector("a").href = last.page;
    place.hidden = false;
  });
  if (!main || !owner) { return; }
  function fields(form) {
    return Array.from(form.elements).filter(function (one) {
      // The version goes along, so that somebody's change meanwhile is still found out.
      return one.name && (one.type !== "hidden" || one.name === "version") && !/^(password|file|submit|button)$/.test(one.type);
    });
  }
  function values(form) { return fields(form).map(function (one) { return [one.name, one.type, one.value, one.checked || false]; }); }
  function typed(list) { return JSON.stringify(list.filter(function (value) { return value[1] !== "hidden"; })); }
  function put(form, list) {
    var left = list.slice();
    fields(form).forEach(function (one) {
      var at = left.findIndex(function (value) { return value[0] === one.name && value[1] === one.type && (!/radio|checkbox/.test(one.type) || value[2] === one.value); });
      if (at < 0) { return; }
      var value = left.splice(at, 1)[0];
      if (/radio|checkbox/.test(one.type)) { one.checked = value[3]; } else { one.value = value[2]; }
    });
    form.querySelectorAll("input[type=radio]:checked, select").forEach(function (one) { one.dispatchEvent(new Event("change", { bubbles: true })); });
    var fold = form.closest("details");
    if (fold) { fold.open = true; }
  }
  function note(form, text) {
    var words = document.createElement("p");
    words.className = "note info";
    words.setAttribute("role", "status");
    words.textContent = text + " ";
    form.prepend(words);
    return words;
  }
  function button(words, text, act) {
    var one = document.createElement("button");
    one.type = "button";
    one.className = "btn quiet";
    one.textContent = text;
    one.addEventListener("click", act);
    words.append(one, " ");
  }
  function offer(form, key, entry) {
    var words = note(form, main.dataset.unsaved);
    if (form.closest("details")) { form.closest("details").open = true; }
    button(words, main.dataset.take, function () { put(form, entry.values); words.textContent = main.dataset.typed; });
    button(words, main.dataset.drop, function () { localStorage.removeItem(key); words.remove(); });
  }
  var alike = {};
  document.querySelectorAll("main form[method=post]").forEach(function (form) {
    // No password and no code of a person is ever kept.
    if (form.querySelector("input[type=password], input[autocomplete=one-time-code]")) { return; }
    var names = fields(form).map(function (one) { return one.name; }).filter(function (name, n, all) { return all.indexOf(name) === n; }).join(",");
    if (!names || names === "version") { return; }
    var sign = (form.getAttribute("action") || "") + "|" + names;
    alike[sign] = (alike[sign] || 0) + 1;
    var key = [BEGIN + owner, location.pathname, alike[sign], sign].join(":"), entry = held(key), id = number();
    if (entry && typed(entry.values) === typed(values(form))) { localStorage.removeItem(key); entry = null; }
    if (entry) {
      id = entry.id;
      if (back) { put(form, entry.values); note(form, main.dataset.typed); } else { offer(form, key, entry); }
    }
    function keep(sent) { hold(key, { id: id, at: Date.now(), sent: sent, page: location.pathname + location.search, values: values(form) }); }
    form.addEventListener("input", function () { keep(false); });
    form.addEventListener("submit", function () {
      var hidden = form.querySelector("input[name=typed_key]") || document.createElement("input");
      hidden.type = "hidden";
      hidden.name = "typed_key";
      hidden.value = id;
      form.append(hidden);
      keep(true);
    });
  });
  document.querySelectorAll("header form[action$='/logout/']").forEach(function (form) {
    form.addEventListener("submit", function () { keys().forEach(function (key) { localStorage.removeItem(key); }); sessionStorage.clear(); });
  });
})();
