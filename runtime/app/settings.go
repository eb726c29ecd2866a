package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"

	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/seal"
	"github.com/threatwerk/threatwerk/internal/platform/secret"
)

// Settings are a command's settings from an environment as os.Environ gives it, with the secrets that it names.
func Settings(ctx context.Context, environ []string) (config.Config, error) {
	resolved, err := secret.Resolver{}.Resolve(ctx, environ)
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Parse(resolved.Environ)
	c.IgnoredSecrets = resolved.Ignored
	return c, err
}

// withKeys makes sure that a server has its keys. A server that others reach must be given them; one for this machine alone makes up
// what is missing, which lasts until it ends.
func withKeys(c config.Config, log *zap.Logger) (config.Config, error) {
	if len(c.IgnoredSecrets) > 0 {
		log.Warn("the secret holds keys that mean nothing here; settings belong into the task definition", zap.Strings("keys", c.IgnoredSecrets))
	}
	if !c.Local() {
		return c, secret.Need(c.JWTSecret, c.EncryptionKey)
	}
	if c.JWTSecret == "" {
		c.JWTSecret = madeUp()
		log.Warn("JWT_SECRET is not set: sessions end when this process does")
	}
	if c.EncryptionKey == "" {
		c.EncryptionKey = madeUp()
		log.Warn("ENCRYPTION_KEY is not set: credentials stored now must be entered again after a restart")
	}
	return c, nil
}

func madeUp() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.StdEncoding.EncodeToString(b[:])
}

// newSealer opens what is stored sealed. ENCRYPTION_KEY_PREVIOUS may name one key.
func newSealer(c config.Config) (*seal.Sealer, error) {
	return seal.New(c.EncryptionKey, c.EncryptionKeyPrevious)
}
