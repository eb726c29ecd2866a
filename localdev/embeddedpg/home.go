package embeddedpg

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// home is the folder of binaries and data, and who the server runs as.
type home struct {
	dir string
	// as is the other user that a server started by root runs as; nil otherwise.
	as *syscall.Credential
}

// openHome makes the folder. PostgreSQL refuses to run as root; the user it runs as instead must be able to reach the
// folder, and root's own home is closed to it: then the folder lies in /var/tmp under a name made from root.
func openHome(root string) (home, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return home{}, err
	}
	if os.Geteuid() != 0 {
		return home{dir: root}, os.MkdirAll(root, 0o755)
	}
	as, err := serverUser()
	if err != nil {
		return home{}, err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return home{}, err
	}
	if !reachable(root) {
		sum := sha256.Sum256([]byte(root))
		root = filepath.Join("/var/tmp", "threatwerk-"+hex.EncodeToString(sum[:6]))
		if err := ownedDir(root, 0, 0o755); err != nil {
			return home{}, err
		}
	}
	return home{dir: root, as: as}, nil
}

// serverUser finds an unprivileged account; initdb insists on one that the system knows by name.
func serverUser() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("account %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("started as root, and there is no account postgres or nobody to run the server as")
}

// reachable reports whether every user may pass through all folders down to dir.
func reachable(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}

// ownedDir makes a folder, or proves that what is there is a folder of this owner and no trap laid in a shared place.
func ownedDir(dir string, uid int, mode os.FileMode) error {
	err := os.Mkdir(dir, mode)
	if err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	made := err == nil
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok {
		return fmt.Errorf("%s is in the way: not a folder", dir)
	}
	if made && uid != int(stat.Uid) {
		return os.Lchown(dir, uid, -1)
	}
	if int(stat.Uid) != uid {
		return fmt.Errorf("%s belongs to user %d, not %d: remove it", dir, stat.Uid, uid)
	}
	return nil
}

// place is one named server's folder.
type place struct {
	dir       string
	socketDir string
	as        *syscall.Credential
}

// socketPathMax is the shortest limit of a unix socket's path among the platforms (macOS: 104 with the final zero).
const socketPathMax = 103

func (h home) place(name string) (place, error) {
	p := place{dir: filepath.Join(h.dir, name), as: h.as}
	uid := os.Getuid()
	if h.as != nil {
		uid = int(h.as.Uid)
	}
	if err := ownedDir(p.dir, uid, 0o700); err != nil {
		return place{}, err
	}
	p.socketDir = filepath.Join(p.dir, "socket")
	if len(p.socketDir)+len("/.s.PGSQL.5432") > socketPathMax {
		sum := sha256.Sum256([]byte(p.dir))
		p.socketDir = filepath.Join("/tmp", "threatwerk-"+hex.EncodeToString(sum[:6]))
	}
	if err := ownedDir(p.socketDir, uid, 0o700); err != nil {
		return place{}, err
	}
	return p, nil
}

func (p place) data() string      { return filepath.Join(p.dir, "data") }
func (p place) log() string       { return filepath.Join(p.dir, "server.log") }
func (p place) pipeFile() string  { return filepath.Join(p.dir, "users.pipe") }
func (p place) turnFile() string  { return p.dir + ".turn" }
func (p place) usersFile() string { return p.dir + ".users" }

// remove takes away what a throwaway server leaves.
func (p place) remove() error {
	errs := []error{os.RemoveAll(p.dir)}
	for _, f := range []string{p.usersFile(), p.turnFile()} {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if filepath.Dir(p.socketDir) != p.dir {
		errs = append(errs, os.RemoveAll(p.socketDir))
	}
	return errors.Join(errs...)
}

// Throwaway makes a name for a throwaway server of this process.
func Throwaway() string { return throwawayPrefix + strconv.Itoa(os.Getpid()) }

const throwawayPrefix = "fresh-"

// sweep removes throwaway servers whose processes were killed; what cannot be removed now is left for the next time.
func (h home) sweep(except string) {
	dirs, _ := filepath.Glob(filepath.Join(h.dir, throwawayPrefix+"*[0-9]"))
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir)[len(throwawayPrefix):])
		if err != nil || filepath.Base(dir) == except || syscall.Kill(pid, 0) != syscall.ESRCH {
			continue
		}
		if p, err := h.place(filepath.Base(dir)); err == nil && !p.alive() {
			_ = p.remove()
		}
	}
}
