package product

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestACheckoutKeepsItsKeys(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var (
		all  sync.WaitGroup
		envs [8][]string
	)
	for i := range envs {
		all.Go(func() {
			env, err := LocalEnv(root, nil)
			if err != nil {
				t.Error(err)
			}
			envs[i] = env
		})
	}
	all.Wait()
	for _, env := range envs {
		if !slices.Equal(env, envs[0]) {
			t.Errorf("two starts at once disagree: %q and %q", env, envs[0])
		}
	}
	for _, name := range madeUp {
		i := slices.IndexFunc(envs[0], func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
		if i < 0 || len(envs[0][i]) < len(name)+33 {
			t.Errorf("no usable %s in %q", name, envs[0])
		}
	}
	info, err := os.Stat(filepath.Join(root, ".local", "keys.env"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	left, err := os.ReadDir(filepath.Join(root, ".local"))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestWhatIsSetStays(t *testing.T) {
	t.Parallel()
	env, err := LocalEnv(t.TempDir(), []string{"JWT_SECRET=mine", "ENCRYPTION_KEY=", "LICENSE_MODE=aws_marketplace"})
	if err != nil {
		t.Fatal(err)
	}
	count := func(prefix string) (n int) {
		for _, pair := range env {
			if strings.HasPrefix(pair, prefix) {
				n++
			}
		}
		return n
	}
	if count("JWT_SECRET=") != 1 || count("LICENSE_MODE=") != 1 || count("ENCRYPTION_KEY=") != 2 || strings.HasSuffix(env[len(env)-1], "=") {
		t.Errorf("%q", env)
	}
}
