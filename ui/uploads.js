// Stands in the head of the page: files that are chosen or dropped keep the folders they lay in, as part of their name,
// and a file that is dropped beside its place does not take the page away. What is gathered here goes in through the
// file fields, which send it.
(() => {
  const root = document.documentElement;
  const CALM = 200; // milliseconds after which a drag that is not over the drawer any more is over

  const named = (file, path) =>
    path && path !== file.name ? new File([file], path, { type: file.type, lastModified: file.lastModified }) : file;

  function put(input, files) {
    const held = new DataTransfer();
    for (const file of files) held.items.add(file);
    input.files = held.files;
  }

  // ---- a folder that is chosen ----
  document.addEventListener(
    "change",
    ({ target }) => {
      if (target.matches?.("#folder input[type=file]"))
        put(target, [...target.files].map((file) => named(file, file.webkitRelativePath)));
    },
    true,
  );

  // ---- files and folders that are dropped ----
  async function below(entry) {
    if (entry.isFile) {
      const path = entry.fullPath.slice(1);
      // one that cannot be read is still handed in, empty, so that it is told of by name
      return [named(await new Promise((take) => entry.file(take, () => take(new File([], path)))), path)];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      // a folder is read a part at a time, until there is nothing more
      const some = await new Promise((take) => reader.readEntries(take, () => take([])));
      if (!some.length) return found;
      for (const one of some) found.push(...(await below(one)));
    }
  }

  async function field() {
    for (;;) {
      const input = document.querySelector("#files input[type=file]");
      // one after another: while files are sent their field is away, and while they are read there is a bar
      if (input && !document.querySelector("#report progress")) return input;
      await new Promise((wake) => setTimeout(wake, CALM));
    }
  }

  async function handIn(entries) {
    const files = (await Promise.all(entries.map(below))).flat();
    const input = await field();
    put(input, files);
    if (files.length) input.dispatchEvent(new Event("change"));
  }

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  let leaving = 0;

  function over(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.stopPropagation(); // the fields would light up one by one, and then not go out
    const here = event.target.closest?.("#articles-drawer");
    event.dataTransfer.dropEffect = here ? "copy" : "none";
    clearTimeout(leaving);
    if (here) root.dataset.dropping = "";
    leaving = setTimeout(() => delete root.dataset.dropping, here ? CALM : 0);
  }

  for (const kind of ["dragenter", "dragover", "dragleave"]) document.addEventListener(kind, over, true);
  document.addEventListener(
    "drop",
    (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      delete root.dataset.dropping;
      if (!event.target.closest?.("#articles-drawer")) return;
      // the entries are there only as long as the event
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      handIn(entries);
    },
    true,
  );
})();
