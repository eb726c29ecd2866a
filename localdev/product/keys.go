package product

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// madeUp are the keys that a checkout makes for itself once, so that sessions and stored credentials outlast a restart.
var madeUp = []string{"JWT_SECRET", "ENCRYPTION_KEY"}

// LocalEnv is an environment with what a server for this machine needs and it lacks: keys of its own, which are kept in .local,
// no licence, and limits that a person with scripts does not meet.
func LocalEnv(root string, env []string) ([]string, error) {
	keys, err := localKeys(filepath.Join(root, ".local", "keys.env"))
	if err != nil {
		return nil, fmt.Errorf("the keys of this checkout: %w", err)
	}
	for _, pair := range append(keys, "LICENSE_MODE=jwt", "RATE_LIMIT_RPS=1000", "RATE_LIMIT_BURST=5000", "SIGNIN_LIMIT_PER_MINUTE=600") {
		name, _, _ := strings.Cut(pair, "=")
		if !isSet(env, name) {
			env = append(env[:len(env):len(env)], pair)
		}
	}
	return env, nil
}

func isSet(env []string, name string) bool {
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok && value != "" {
			return true
		}
	}
	return false
}

// localKeys reads the file, or makes it: whoever links it first decides, so that two that start at once agree.
func localKeys(file string) ([]string, error) {
	content, err := os.ReadFile(file)
	if err == nil {
		return strings.Fields(string(content)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var text strings.Builder
	for _, name := range madeUp {
		var b [48]byte
		_, _ = rand.Read(b[:]) // never fails
		fmt.Fprintf(&text, "%s=%s\n", name, base64.StdEncoding.EncodeToString(b[:]))
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	draft, err := os.CreateTemp(filepath.Dir(file), "keys-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(draft.Name())
	if _, err := draft.WriteString(text.String()); err != nil {
		return nil, errors.Join(err, draft.Close())
	}
	if err := draft.Close(); err != nil {
		return nil, err
	}
	if err := os.Link(draft.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	content, err = os.ReadFile(file)
	return strings.Fields(string(content)), err
}
