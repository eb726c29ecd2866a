package house

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

// A file past its limit holds two subjects: split it by the second. Tests may be longer, since tables are read by the row.
const (
	goLimit         = 500
	goTestLimit     = 600
	frontendLimit   = 300
	frontendTests   = 400
	generatedMarker = ".gen."
)

func TestNoFileIsTooLong(t *testing.T) {
	t.Parallel()
	for _, p := range sources(t, ".go", ".ts", ".tsx") {
		limit := limitOf(p)
		b, err := os.ReadFile(filepath.Join(testkit.Root(), p))
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(b, []byte("\n")); limit > 0 && lines > limit {
			t.Errorf("%s has %d lines, at most %d", p, lines, limit)
		}
	}
}

func limitOf(p string) int {
	switch {
	case strings.Contains(p, generatedMarker):
		return 0
	case strings.HasSuffix(p, "_test.go"):
		return goTestLimit
	case strings.HasSuffix(p, ".go"):
		return goLimit
	case strings.Contains(p, ".test."):
		return frontendTests
	default:
		return frontendLimit
	}
}

// TestNothingIsLeftForLater: unfinished work is an issue, not a comment.
func TestNothingIsLeftForLater(t *testing.T) {
	t.Parallel()
	words := [][]byte{[]byte("TO" + "DO"), []byte("FIX" + "ME"), []byte("no" + "lint"), []byte("@ts-" + "ignore")}
	for _, p := range sources(t, ".go", ".ts", ".tsx", ".sql") {
		b, err := os.ReadFile(filepath.Join(testkit.Root(), p))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if bytes.Contains(b, w) {
				t.Errorf("%s says %s", p, w)
			}
		}
	}
}
