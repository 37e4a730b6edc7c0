package queue_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// authority signs certificates. Its own certificate is in a file.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T, name string) *authority {
	a := &authority{t: t}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.file, _, a.key = a.write(name, a.cert, nil)
	return a
}

// sign returns the files of a certificate for a host ("" for a client) and of
// its key.
func (a *authority) sign(name, host string) (cert, key string) {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else if host != "" {
		c.DNSNames = []string{host}
	}
	cert, key, _ = a.write(name, c, a)
	return cert, key
}

func (a *authority) write(name string, c *x509.Certificate, by *authority) (certFile, keyFile string, key *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	dir := a.t.TempDir()
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+"-key.pem")
	a.file = certFile
	writeTo(a.t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	writeTo(a.t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	return certFile, keyFile, key
}

func writeTo(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// real starts a server as an administrator would, with JetStream and the options
// that change sets.
func real(t *testing.T, change func(o *server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		JetStreamMaxStore: 1 << 28, JetStreamMaxMemory: 1 << 26,
	}
	change(o)
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not come up")
	}
	return s
}

// withTLS configures TLS, and requires client certificates of an authority if it
// is not nil.
func withTLS(t *testing.T, o *server.Options, cert, key string, clients *authority) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	o.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if clients == nil {
		return
	}
	pool := x509.NewCertPool()
	text, err := os.ReadFile(clients.file)
	if err != nil || !pool.AppendCertsFromPEM(text) {
		t.Fatal("no certificate", err)
	}
	o.TLSConfig.ClientCAs, o.TLSConfig.ClientAuth = pool, tls.RequireAndVerifyClientCert
}

// joins runs a small study with one connection that runs and one that works.
func joins(t *testing.T, address queue.Server) {
	t.Helper()
	running, err := queue.Dial(address, "run", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	q, err := queue.Open(context.Background(), running, "test", queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	working, err := queue.Dial(address, "worker", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer working.Close()
	worker, err := queue.Join(context.Background(), working, "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- worker.Work(ctx, echo, queue.WorkOptions{}) }()
	records, err := q.Run(ctx, work(20), nil)
	if err != nil || len(records) != 20 {
		t.Errorf("%d records, error %v", len(records), err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func echo(_ context.Context, _ *queue.Queue, it queue.Item) ([]byte, error) { return it.Data, nil }

// refused checks that a connection fails with one line of advice.
func refused(t *testing.T, what string, address queue.Server, says string) {
	t.Helper()
	t.Run(what, func(t *testing.T) {
		t.Helper()
		conn, err := queue.Dial(address, "test", nil)
		if err == nil {
			conn.Close()
			t.Fatal("it connects")
		}
		if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", err, says)
		}
	})
}

func TestTLS(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	cert, key := ours.sign("server", "127.0.0.1")
	s := real(t, func(o *server.Options) { withTLS(t, o, cert, key, nil) })
	joins(t, queue.Server{URL: s.ClientURL(), CA: ours.file})
	joins(t, queue.Server{URL: strings.Replace(s.ClientURL(), "nats://", "tls://", 1), CA: ours.file})
	refused(t, "no authority", queue.Server{URL: s.ClientURL()}, "unknown issuer")
	refused(t, "another authority", queue.Server{URL: s.ClientURL(), CA: other.file}, "no certificate in "+other.file)
	refused(t, "another name", queue.Server{URL: strings.Replace(s.ClientURL(), "127.0.0.1", "localhost", 1), CA: ours.file}, "--tls-name")
	joins(t, queue.Server{URL: strings.Replace(s.ClientURL(), "127.0.0.1", "localhost", 1), CA: ours.file, Name: "127.0.0.1"})
	refused(t, "a key for an authority", queue.Server{URL: s.ClientURL(), CA: key}, "contains no certificate")
	refused(t, "no file", queue.Server{URL: s.ClientURL(), CA: "nowhere.pem"}, "--tls-ca")
	open := real(t, func(*server.Options) {})
	refused(t, "no TLS", queue.Server{URL: strings.Replace(open.ClientURL(), "nats://", "tls://", 1), CA: ours.file}, "it has no TLS")
}

func TestClientCertificates(t *testing.T) {
	ours, clients, other := newAuthority(t, "ours"), newAuthority(t, "clients"), newAuthority(t, "other")
	cert, key := ours.sign("server", "127.0.0.1")
	s := real(t, func(o *server.Options) { withTLS(t, o, cert, key, clients) })
	own, ownKey := clients.sign("client", "")
	address := queue.Server{URL: s.ClientURL(), CA: ours.file, Certificate: own, Key: ownKey}
	joins(t, address)
	address.Certificate, address.Key = other.sign("stranger", "")
	refused(t, "a stranger's certificate", address, "rejects the certificate")
	address.Certificate, address.Key = own, ""
	refused(t, "no key", address, "--tls-key")
	address.Key = key
	refused(t, "another's key", address, "reading the client certificate")
	refused(t, "no certificate", queue.Server{URL: s.ClientURL(), CA: ours.file}, "give one with --tls-cert and --tls-key")
}

func TestUsersAndTokens(t *testing.T) {
	s := real(t, func(o *server.Options) { o.Username, o.Password = "semrob", "s3cret/@" })
	with := func(user string) queue.Server {
		return queue.Server{URL: strings.Replace(s.ClientURL(), "nats://", "nats://"+user, 1)}
	}
	joins(t, with("semrob:s3cret%2F%40@"))
	refused(t, "another password", with("semrob:secret@"), "check the user name and password")
	refused(t, "no user", with(""), "give credentials")
	token := real(t, func(o *server.Options) { o.Authorization = "t0ken" })
	joins(t, queue.Server{URL: token.ClientURL(), Token: "t0ken"})
	refused(t, "another token", queue.Server{URL: token.ClientURL(), Token: "token"}, "check the token")
	refused(t, "no server", queue.Server{URL: "nats://127.0.0.1:1"}, "check that it is running")
}

// pair returns a new key, its public name and its seed.
func pair(t *testing.T, create func() (nkeys.KeyPair, error)) (key nkeys.KeyPair, public string, seed []byte) {
	t.Helper()
	key, err := create()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = key.PublicKey(); err != nil {
		t.Fatal(err)
	}
	if seed, err = key.Seed(); err != nil {
		t.Fatal(err)
	}
	return key, public, seed
}

func TestNKeys(t *testing.T) {
	_, public, seed := pair(t, nkeys.CreateUser)
	_, _, stranger := pair(t, nkeys.CreateUser)
	dir := t.TempDir()
	own, others, broken := filepath.Join(dir, "user.nk"), filepath.Join(dir, "stranger.nk"), filepath.Join(dir, "broken.nk")
	writeTo(t, own, append(seed, '\n'))
	writeTo(t, others, stranger)
	writeTo(t, broken, []byte("no key"))
	s := real(t, func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: public}} })
	joins(t, queue.Server{URL: s.ClientURL(), Credentials: own})
	refused(t, "a stranger", queue.Server{URL: s.ClientURL(), Credentials: others}, "check the credentials "+others)
	refused(t, "no key in the file", queue.Server{URL: s.ClientURL(), Credentials: broken}, "contains neither")
	refused(t, "nothing", queue.Server{URL: s.ClientURL()}, "give credentials (--creds)")
}

// TestCredentials uses a server with TLS whose users have an operator's JWTs, as
// hosted servers do.
func TestCredentials(t *testing.T) {
	operator, operatorID, _ := pair(t, nkeys.CreateOperator)
	account, accountID, _ := pair(t, nkeys.CreateAccount)
	system, systemID, _ := pair(t, nkeys.CreateAccount)
	_ = system
	encode := func(claims jwt.Claims, by nkeys.KeyPair) string {
		t.Helper()
		text, err := claims.Encode(by)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	operatorClaims := jwt.NewOperatorClaims(operatorID)
	operatorClaims.SystemAccount = systemID
	encode(operatorClaims, operator)
	studies := jwt.NewAccountClaims(accountID)
	studies.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	resolver := &server.MemAccResolver{}
	if err := resolver.Store(accountID, encode(studies, operator)); err != nil {
		t.Fatal(err)
	}
	if err := resolver.Store(systemID, encode(jwt.NewAccountClaims(systemID), operator)); err != nil {
		t.Fatal(err)
	}
	creds := func(name string, by nkeys.KeyPair, expires time.Duration) string {
		_, id, seed := pair(t, nkeys.CreateUser)
		claims := jwt.NewUserClaims(id)
		if expires != 0 {
			claims.Expires = time.Now().Add(expires).Unix()
		}
		text, err := jwt.FormatUserConfig(encode(claims, by), seed)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name+".creds")
		writeTo(t, path, text)
		return path
	}
	ours := newAuthority(t, "ours")
	cert, key := ours.sign("server", "127.0.0.1")
	s := real(t, func(o *server.Options) {
		withTLS(t, o, cert, key, nil)
		o.TrustedOperators, o.AccountResolver, o.SystemAccount = []*jwt.OperatorClaims{operatorClaims}, resolver, systemID
	})
	address := queue.Server{URL: s.ClientURL(), CA: ours.file, Credentials: creds("user", account, 0)}
	joins(t, address)
	stranger, _, _ := pair(t, nkeys.CreateAccount)
	address.Credentials = creds("stranger", stranger, 0)
	refused(t, "of an account that is not known", address, "check the credentials "+address.Credentials)
	address.Credentials = creds("late", account, -time.Hour)
	refused(t, "expired", address, "check the credentials "+address.Credentials)
	address.Credentials = "nowhere.creds"
	refused(t, "no file", address, "--creds")
	address.Credentials = ""
	refused(t, "nothing", address, "give credentials (--creds)")
}
