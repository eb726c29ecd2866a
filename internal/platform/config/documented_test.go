package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(testkit.Root(), "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := settingsOf(reflect.TypeFor[Config]())
	if len(names) < 30 {
		t.Fatalf("only %d settings found", len(names))
	}
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/operating.md does not speak of %s", name)
		}
	}
}

func settingsOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch name := f.Tag.Get("env"); {
		case f.Anonymous:
			names = append(names, settingsOf(f.Type)...)
		case name != "" && name != "-":
			names = append(names, name)
		}
	}
	return names
}
