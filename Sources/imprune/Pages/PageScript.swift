/// The script of a page: the filter box. Without scripts the page shows everything all the same.
enum PageScript {
  static let text: StaticString = """
    "use strict";
    (() => {
      const box = document.getElementById("filter");
      if (!box) return;
      const found = document.getElementById("found");
      const sections = [...document.querySelectorAll("details.users")].map((section) => ({
        section, wasOpen: section.open, rows: [...section.querySelectorAll("tbody tr")],
      }));
      let timer = 0;
      const filter = () => {
        const wanted = box.value.trim().toLowerCase();
        let count = 0;
        for (const {section, wasOpen, rows} of sections) {
          let hits = 0;
          for (const row of rows) {
            const hit = !wanted || row.textContent.toLowerCase().includes(wanted);
            row.hidden = !hit;
            if (hit) hits += 1;
          }
          section.hidden = wanted !== "" && hits === 0;
          section.open = wanted ? hits > 0 && hits <= 1000 : wasOpen;
          count += hits;
        }
        found.textContent = wanted ? count.toLocaleString("en-US") + " found" : "";
      };
      box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 150); });
      document.querySelector(".filter").hidden = false;
    })();
    """
}
