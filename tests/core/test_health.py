"""What the reverse proxy asks."""


def test_health_needs_no_sign_in_and_says_what_works(client, db):
    answer = client.get("/health/?format=json")
    assert answer.status_code == 200
    assert len(answer.json()) == 2
