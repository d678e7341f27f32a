// Improves what works without it: drafts saved as typed, all boxes ticked at once, arrow keys in a grid.
(function () {
  "use strict";
  // A draft is saved when the server says so, and then all of it; until then typed.js keeps it on this device.
  document.querySelectorAll("form[data-autosave]").forEach(function (form) {
    var said = form.querySelector("[data-saved]"), area = form.querySelector("textarea"), timer, waiting = false;
    if (!area) { return; }
    function save() {
      var body = new FormData();
      body.append("text", area.value);
      window.nudm.ask(form.dataset.autosave, { method: "POST", body: body })
        .then(function (answer) { said.textContent = answer.detail; })
        .catch(function (error) {
          window.nudm.say(said, error.kind === "refused" ? error : Object.assign(error, { message: form.dataset.unsaved + " " + error.message }));
          if (error.final || waiting) { return; }
          waiting = true;
          (error.kind === "session" ? window.nudm.signedIn() : window.nudm.back()).then(function () { waiting = false; save(); }, function (other) { window.nudm.say(said, other); });
        });
    }
    area.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(save, 800); });
    form.addEventListener("submit", function () { clearTimeout(timer); });
  });
  // Letters are counted down as the server counts them; a text that is too long says so before it is sent.
  document.querySelectorAll("[data-most]").forEach(function (field) {
    var most = Number(field.dataset.most), near = field.tagName === "TEXTAREA" ? Math.min(most, 500) : 20, words;
    function count() {
      var left = most - Array.from(field.value.normalize("NFC")).length;
      if (!words && left > near) { return; }
      if (!words) {
        words = document.createElement("p");
        words.className = "meta";
        words.setAttribute("aria-live", "polite");
        field.after(words);
      }
      words.textContent = left > near ? "" : (left < 0 ? field.dataset.over : field.dataset.left).replace("%(n)s", String(Math.abs(left)));
      words.classList.toggle("error", left < 0);
    }
    field.addEventListener("input", count);
    count();
  });
  document.querySelectorAll("input[data-all]").forEach(function (box) {
    box.addEventListener("change", function () {
      document.querySelectorAll("input[name='" + box.dataset.all + "']").forEach(function (one) { one.checked = box.checked; });
    });
  });
  // A day is typed as dd-mm-yyyy; the button beside it opens the browser's own calendar.
  document.querySelectorAll("input[data-day]").forEach(function (field) {
    var frame = document.createElement("span"), button = document.createElement("button"), calendar = document.createElement("input");
    function turned(text) { return text.split("-").reverse().join("-"); }
    if (!calendar.showPicker) { return; }
    frame.className = "day";
    button.type = "button";
    button.setAttribute("aria-label", field.dataset.day);
    calendar.type = "date";
    calendar.tabIndex = -1;
    calendar.setAttribute("aria-hidden", "true");
    field.replaceWith(frame);
    frame.append(field, button, calendar);
    button.addEventListener("click", function () { calendar.value = turned(field.value); calendar.showPicker(); });
    calendar.addEventListener("change", function () {
      field.value = turned(calendar.value);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  });
  // What does not go with a choice made before it is neither shown nor sent; without this the server says so.
  document.querySelectorAll("form:has([data-when])").forEach(function (form) {
    function fit() {
      Array.from(form.elements).forEach(function (field) {
        var choices = Array.from(field.options || []), chosen = field.selectedOptions && field.selectedOptions[0];
        choices.concat(field).forEach(function (one) {
          if (!one.dataset.when) { return; }
          one.disabled = !one.dataset.is.split(" ").includes(form.elements[one.dataset.when].value);
          (one === field ? field.closest(".field") : one).hidden = one.disabled;
        });
        if (chosen && chosen.disabled) { field.value = choices.find(function (one) { return !one.disabled; }).value; }
      });
    }
    form.addEventListener("change", fit);
    fit();
  });
  document.querySelectorAll("[data-script]").forEach(function (one) { one.hidden = false; });
  // What was refused is read first, by the eye and by a screen reader.
  var refused = document.querySelector("main .summary[role=alert]");
  if (refused) { refused.tabIndex = -1; refused.focus(); }
  // One stop for the Tab key; arrows, Home and End go on from cell to cell, space ticks the row.
  document.querySelectorAll("table[data-grid]").forEach(function (grid) {
    var all = "tbody a, tbody input";
    function stop(one) {
      grid.querySelectorAll(all).forEach(function (other) { other.tabIndex = -1; });
      if (one) { one.tabIndex = 0; }
    }
    stop(grid.querySelector(all));
    grid.addEventListener("focusin", function (event) { if (event.target.matches(all)) { stop(event.target); } });
    grid.addEventListener("keydown", function (event) {
      var row = event.target.closest("tbody tr"), box, to;
      if (!row || !event.target.matches(all) || event.ctrlKey || event.altKey || event.metaKey) { return; }
      var stops = Array.from(row.querySelectorAll("a, input")), here = stops.indexOf(event.target);
      function beside(other) { return other && other.cells[event.target.closest("td, th").cellIndex].querySelector("a, input"); }
      switch (event.key) {
        case "ArrowLeft": to = stops[here - 1]; break;
        case "ArrowRight": to = stops[here + 1]; break;
        case "ArrowUp": to = beside(row.previousElementSibling); break;
        case "ArrowDown": to = beside(row.nextElementSibling); break;
        case "Home": to = stops[0]; break;
        case "End": to = stops[stops.length - 1]; break;
        case " ":
          box = row.querySelector("input");
          if (box && event.target !== box) { box.checked = !box.checked; event.preventDefault(); }
          return;
        default: return;
      }
      event.preventDefault();
      if (to) { to.focus(); }
    });
  });
})();
