// What is typed outlives the session: after signing in again the form is as it was, with a word about it.
(function () {
  "use strict";
  var main = document.getElementById("main"), prefix = "typed:" + document.body.dataset.person + ":";
  var back = /^\/accounts\/(login|provider)\//.test(document.referrer ? new URL(document.referrer).pathname : "");
  function fields(form) {
    return Array.from(form.elements).filter(function (one) {
      // The version goes along, so that somebody's change meanwhile is still found out.
      return one.name && (one.type !== "hidden" || one.name === "version") && !/^(password|file|submit|button)$/.test(one.type);
    });
  }
  function put(form, values) {
    var left = values.slice();
    fields(form).forEach(function (one) {
      var at = left.findIndex(function (value) { return value[0] === one.name && value[1] === one.type && (!/radio|checkbox/.test(one.type) || value[2] === one.value); });
      if (at < 0) { return; }
      var value = left.splice(at, 1)[0];
      if (/radio|checkbox/.test(one.type)) { one.checked = value[3]; } else { one.value = value[2]; }
    });
    form.querySelectorAll("input[type=radio]:checked, select").forEach(function (one) { one.dispatchEvent(new Event("change", { bubbles: true })); });
    var fold = form.closest("details"), words = document.createElement("p");
    if (fold) { fold.open = true; }
    words.className = "note info";
    words.setAttribute("role", "status");
    words.textContent = main.dataset.typed;
    form.prepend(words);
  }
  document.querySelectorAll("main form[method=post]").forEach(function (form, place) {
    // No password and no code of a person is ever kept.
    if (form.querySelector("input[type=password], input[autocomplete=one-time-code]")) { return; }
    var key = prefix + location.pathname + ":" + place, kept = sessionStorage.getItem(key);
    if (kept) {
      sessionStorage.removeItem(key);
      if (back) { put(form, JSON.parse(kept)); }
    }
    function keep() {
      var values = fields(form).map(function (one) { return [one.name, one.type, one.value, one.checked || false]; });
      if (values.length) { sessionStorage.setItem(key, JSON.stringify(values)); }
    }
    form.addEventListener("input", keep);
    form.addEventListener("submit", keep);
  });
  document.querySelectorAll("header form[action$='/logout/']").forEach(function (form) {
    form.addEventListener("submit", function () { sessionStorage.clear(); });
  });
})();
