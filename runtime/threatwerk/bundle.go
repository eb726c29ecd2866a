package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/threatwerk/threatwerk/internal/intel/bundle"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/runtime/app"
)

func bundleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "Carry everything that the feeds hold to an instance without internet, as one signed file",
		Long: `bundle carries everything that the feeds hold to an instance without internet, as one signed file.

Once:           threatwerk bundle keygen --out DIR          where bundles are made; carry bundle.pub over
Where it polls: threatwerk bundle export --out FILE --key DIR/bundle.key
Elsewhere:      threatwerk bundle import FILE --public-key bundle.pub`,
		Args: takes("one of keygen, export, import and inspect", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return usage(cmd, fmt.Errorf("unknown command %q for bundle", args[0]))
		},
	}
	cmd.AddCommand(bundleKeygenCommand(), bundleExportCommand(), bundleImportCommand(), bundleInspectCommand())
	return cmd
}

// The names of key files in the folder of keygen --out.
const (
	privateKeyName = "bundle.key"
	publicKeyName  = "bundle.pub"
)

func bundleKeygenCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "keygen --out DIR", Short: "Make the pair of keys: one signs bundles, the other tells that it did",
		Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			private, public, id, err := bundle.GenerateKey()
			if err != nil {
				return err
			}
			// The private one first: a public key without it would be of no use.
			privateFile, publicFile := filepath.Join(dir, privateKeyName), filepath.Join(dir, publicKeyName)
			if err := writeNew(privateFile, private, 0o600); err != nil {
				return err
			}
			if err := writeNew(publicFile, public, 0o644); err != nil {
				return errors.Join(err, os.Remove(privateFile))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), `Key %s
%s signs bundles: it stays where they are made, and nobody else may read it.
%s goes to every instance that takes them, as a file or as the setting
BUNDLE_PUBLIC_KEY=%s
`, id, clean(privateFile), clean(publicFile), oneLine(public))
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "out", "", "folder to write "+privateKeyName+" and "+publicKeyName+" to")
	cobra.CheckErr(cmd.MarkFlagRequired("out"))
	return cmd
}

// writeNew writes a file that must not be there yet: a key that is overwritten is gone.
func writeNew(name string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already and is not overwritten: choose another folder", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// oneLine is the middle of a PEM file.
func oneLine(pem []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(pem)) {
		if !strings.HasPrefix(line, "-----") {
			b.WriteString(strings.TrimSpace(line))
		}
	}
	return b.String()
}

func bundleExportCommand() *cobra.Command {
	var out, keyFile string
	var unsigned bool
	cmd := &cobra.Command{
		Use: "export --out FILE --key FILE", Short: "Write everything that the feeds hold to a signed file",
		Args: takes("no arguments", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (keyFile == "") == !unsigned {
				return usage(cmd, errors.New("give --key FILE to sign the bundle, or --unsigned to leave it without a signature"))
			}
			var key ed25519.PrivateKey
			if keyFile != "" {
				text, err := os.ReadFile(keyFile)
				if err != nil {
					return err
				}
				if key, err = bundle.ParsePrivateKey(text); err != nil {
					return fmt.Errorf("%s: %w", keyFile, err)
				}
			}
			return withStores(cmd.Context(), func(ctx context.Context, stores *app.Stores) error {
				return exportBundle(ctx, stores, out, key, cmd.ErrOrStderr())
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "file to write; one that is there is replaced once the new one is whole")
	flags.StringVar(&keyFile, "key", "", "private key to sign with, from bundle keygen")
	flags.BoolVar(&unsigned, "unsigned", false, "write it without a signature")
	cobra.CheckErr(cmd.MarkFlagRequired("out"))
	return cmd
}

func exportBundle(ctx context.Context, stores *app.Stores, out string, key ed25519.PrivateKey, w io.Writer) error {
	line := newProgress(w, "", 0)
	began := time.Now()
	var m bundle.Manifest
	size, err := replaceFile(out, func(f *os.File) error {
		var err error
		m, err = bundle.Export(ctx, stores.Intel, f, bundle.ExportOptions{
			Product: version, Created: time.Now(), Key: key, Progress: line.exported,
		})
		return err
	})
	line.clear()
	if err != nil {
		return err
	}
	var records int64
	for _, s := range m.Sections {
		records += s.Records
	}
	fmt.Fprintf(w, "%s: %d records in %.1f MB, in %.1f s\n", clean(out), records, float64(size)/1e6, time.Since(began).Seconds())
	return nil
}

// replaceFile writes a file under another name and gives it its own when it is whole and on the disk.
func replaceFile(name string, write func(*os.File) error) (size int64, err error) {
	dir, base := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, "."+base+".*.partial")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(f.Close()), os.Remove(f.Name()))
		}
	}()
	if err := write(f); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return 0, err
	}
	// The new name, too, must outlast a loss of power.
	folder, err := os.Open(dir)
	if err != nil {
		return info.Size(), nil
	}
	_ = folder.Sync() // some file systems cannot
	return info.Size(), folder.Close()
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// trustFlags say whose bundles a command takes.
type trustFlags struct {
	file     string
	unsigned bool
}

func (t *trustFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.file, "public-key", "", "public key that must have signed it; without: BUNDLE_PUBLIC_KEY")
}

// trust reads the key that the flag or the setting names; a nil key when neither does.
func (t *trustFlags) trust() (bundle.Trust, error) {
	out := bundle.Trust{AllowUnsigned: t.unsigned}
	if t.file != "" {
		text, err := os.ReadFile(t.file)
		if err != nil {
			return out, err
		}
		if out.Key, err = bundle.ParsePublicKey(text); err != nil {
			return out, fmt.Errorf("%s: %w", t.file, err)
		}
		return out, nil
	}
	settings, err := config.Parse(os.Environ())
	if err != nil {
		return out, err
	}
	setting := settings.BundlePublicKey
	if setting == "" {
		return out, nil
	}
	text := []byte(setting)
	if content, err := os.ReadFile(setting); err == nil {
		text = content
	}
	if out.Key, err = bundle.ParsePublicKey(text); err != nil {
		return out, fmt.Errorf("BUNDLE_PUBLIC_KEY (a key on one line, or the path of its file): %w", err)
	}
	return out, nil
}

// open opens a bundle whose seal is in order.
func (t *trustFlags) open(name string) (*bundle.Bundle, io.Closer, error) {
	trust, err := t.trust()
	if err != nil {
		return nil, nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	b, err := openBundle(f, trust)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return b, f, nil
}

func openBundle(f *os.File, trust bundle.Trust) (*bundle.Bundle, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("want a file: a bundle is read more than once, which a pipe or a folder cannot be")
	}
	return bundle.Open(f, info.Size(), trust)
}
