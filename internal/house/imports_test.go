package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

const module = "github.com/threatwerk/threatwerk/"

// rule says what the files below a folder may import of our own: ident <- jobs <- {sbom, intel, finding, account,
// notify} <- {matching, source} <- handlers <- runtime, with platform beside them.
type rule struct {
	from string
	may  []string
	why  string
}

var (
	leaves  = []string{"internal/ident", "internal/jobs", "internal/platform"}
	domains = []string{"internal/sbom", "internal/intel", "internal/finding", "internal/account", "internal/notify", "internal/license"}
)

// rules: the longest folder that fits a file decides. A package may always import its own folder.
var rules = []rule{
	{"internal/ident", nil, "identities are the vocabulary of all: whoever imports something there imports it everywhere"},
	{"internal/jobs", []string{"internal/ident"}, "job arguments are the contract between domains and must not pull one in"},
	{"internal/platform", nil, "technology knows no domain, so that a domain can change without it"},
	{"internal/sbom", leaves, "siblings meet in matching; one that imports another cannot be understood or tested alone"},
	{"internal/intel", leaves, "siblings meet in matching; one that imports another cannot be understood or tested alone"},
	{"internal/finding", leaves, "siblings meet in matching; one that imports another cannot be understood or tested alone"},
	{"internal/account", leaves, "siblings meet in handlers; one that imports another cannot be understood or tested alone"},
	{"internal/notify", leaves, "siblings act on one another by jobs; one that imports another cannot be tested alone"},
	{"internal/license", leaves, "siblings meet in handlers; one that imports another cannot be understood or tested alone"},
	{"internal/matching", slices.Concat(leaves, domains), "the one place that sees sbom, intel and finding"},
	{"internal/source", slices.Concat(leaves, domains), "fetches documents and hands them to sbom"},
	{"internal/testkit", []string{"internal/platform", "localdev/embeddedpg"}, "helps every package's tests, so it may depend on none of them"},
	{"internal/house", []string{"internal/testkit"}, "reads files only"},
	{"handlers/wire", slices.Concat(leaves, domains, []string{"internal/matching"}), "shapes of answers, shared by the resources"},
	{"handlers", slices.Concat(leaves, domains, []string{"internal/matching", "internal/source", "handlers/wire"}),
		"a resource that imports another hides a domain call in a handler"},
	{"runtime", []string{"internal", "handlers", "runtime"}, "wires everything; the product never depends on localdev"},
	{"localdev/feeds/simulator", nil, "plays the services that the feeds meet; sharing code with a feed it would share its mistakes"},
	{"localdev", []string{"internal", "handlers", "runtime", "localdev"}, "tools for the checkout may use everything"},
}

// testTools are what every package's tests may use: they import nothing of the product that is tested with them.
var testTools = []string{"internal/testkit", "localdev/feeds/simulator"}

// homes are foreign packages and calls that only some folders may use.
var homes = []struct {
	name string
	in   []string
	why  string
}{
	{"github.com/gorilla/mux", []string{"runtime"}, "endpoints run in a container and as Lambda functions alike"},
	{"github.com/danielgtaylor/huma/v2/adapters", []string{"runtime"}, "endpoints run in a container and as Lambda functions alike"},
	{"github.com/aws/aws-lambda-go", []string{"runtime"}, "endpoints run in a container and as Lambda functions alike"},
	{"github.com/jackc/pgx/v5", []string{"internal", "runtime", "localdev"}, "a handler makes one domain call; SQL lives with the noun it returns"},
	{"os.Getenv", []string{"runtime", "localdev"}, "settings are read once, in one struct, with all faults together"},
	{"os.LookupEnv", []string{"runtime", "localdev"}, "settings are read once, in one struct, with all faults together"},
	{"os.Environ", []string{"runtime", "localdev"}, "settings are read once, in one struct, with all faults together"},
}

func TestImportOrder(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		r, ok := ruleOf(f.path)
		if !ok {
			t.Errorf("%s lies in no folder of the house: add a rule with its reason", f.path)
			continue
		}
		for _, imported := range f.imports {
			ours, found := strings.CutPrefix(imported, module)
			if !found || allowed(r, f.path, ours) {
				continue
			}
			t.Errorf("%s may not import %s: %s", f.path, ours, r.why)
		}
	}
}

func TestForeignPackagesStayInTheirHomes(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.path, "_test.go") || within(f.path, "internal/testkit") {
			continue
		}
		for _, h := range homes {
			uses := slices.Contains(f.calls, h.name) || slices.ContainsFunc(f.imports, func(i string) bool { return within(i, h.name) })
			if uses && !slices.ContainsFunc(h.in, func(home string) bool { return within(f.path, home) }) {
				t.Errorf("%s may not use %s: %s", f.path, h.name, h.why)
			}
		}
	}
}

func TestTestkitIsForTests(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.path, "_test.go") || within(f.path, "internal/testkit") {
			continue
		}
		if slices.Contains(f.imports, module+"internal/testkit") {
			t.Errorf("%s imports testkit: the shipped program must not carry the tests' tools", f.path)
		}
	}
}

func TestTestsWaitOnSignals(t *testing.T) {
	t.Parallel()
	for _, f := range goFiles(t) {
		if slices.Contains(f.calls, "time.Sleep") {
			t.Errorf("%s sleeps: wait on a signal, a channel or a bounded poll", f.path)
		}
	}
}

// TestTheRulesCanFail keeps the tests above honest.
func TestTheRulesCanFail(t *testing.T) {
	t.Parallel()
	cases := []struct {
		file, imports string
		want          bool
	}{
		{"internal/sbom/store.go", "internal/intel", false},
		{"internal/sbom/store.go", "internal/ident", true},
		{"internal/sbom/spdx/read.go", "internal/sbom", true},
		{"internal/ident/purl.go", "internal/jobs", false},
		{"internal/platform/pg/pg.go", "internal/platform/problem", true},
		{"internal/platform/pg/pg.go", "internal/sbom", false},
		{"internal/matching/worker.go", "internal/finding", true},
		{"internal/finding/store.go", "internal/matching", false},
		{"handlers/product/product.go", "handlers/release", false},
		{"handlers/product/product.go", "handlers/wire", true},
		{"runtime/app/app.go", "localdev/demo", false},
		{"internal/sbom/store_test.go", "internal/testkit", true},
		{"internal/intel/feeds/osv/client_test.go", "localdev/feeds/simulator", true},
		{"internal/intel/feeds/osv/client.go", "localdev/feeds/simulator", false},
	}
	for _, c := range cases {
		r, ok := ruleOf(c.file)
		if got := ok && allowed(r, c.file, c.imports); got != c.want {
			t.Errorf("%s imports %s: allowed %t, want %t", c.file, c.imports, got, c.want)
		}
	}
}

func ruleOf(file string) (rule, bool) {
	var best rule
	for _, r := range rules {
		if within(file, r.from) && len(r.from) > len(best.from) {
			best = r
		}
	}
	return best, best.from != ""
}

func allowed(r rule, file, imported string) bool {
	if strings.HasSuffix(file, "_test.go") && slices.ContainsFunc(testTools, func(t string) bool { return within(imported, t) }) {
		return true
	}
	// A resource of handlers is a folder of its own; every other rule's folder is one house.
	own := r.from
	if own == "handlers" {
		own = path.Dir(file)
	}
	return within(imported, own) || slices.ContainsFunc(r.may, func(m string) bool { return within(imported, m) })
}

// within reports whether a slash-separated path is a folder or lies below it.
func within(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

type goFile struct {
	path    string
	imports []string
	calls   []string // package-qualified names that the file mentions, such as time.Sleep
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	for _, p := range sources(t, ".go") {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(testkit.Root(), p), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		g := goFile{path: p}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			g.imports = append(g.imports, name)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					g.calls = append(g.calls, x.Name+"."+s.Sel.Name)
				}
			}
			return true
		})
		files = append(files, g)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files found below %s", len(files), testkit.Root())
	}
	return files
}

// sources lists the repository's files of these kinds, as slash-separated paths from its root.
func sources(t *testing.T, kinds ...string) []string {
	t.Helper()
	var files []string
	root := testkit.Root()
	err := fs.WalkDir(os.DirFS(root), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != "." && (name[0] == '.' || name == "node_modules" || name == "dist" || name == "bin" || name == "testdata") {
			return fs.SkipDir
		}
		if !d.IsDir() && slices.Contains(kinds, path.Ext(p)) {
			files = append(files, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
