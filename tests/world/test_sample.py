from studiolab.world import make_chain, sample


def test_the_history_is_every_booking_with_client_class_coach_and_outcome():
    chain = make_chain(1, 3, seed=5)
    files = sample.exports(chain, "studio-001")
    history, visits = files[sample.HISTORY], files["visits"]
    assert len(history) == len(visits)
    assert history["status"].value_counts().to_dict() == visits["status"].value_counts().to_dict()
    members = history[history["client_name"].notna()]
    assert set(members["subscription"].dropna()) == {"4", "8", "unlimited"}
    assert history["class_time"].str.match(r"\d\d:\d\d").all()
    assert history[["class_type", "coach"]].notna().to_numpy().all()
    assert history["class_date"].is_monotonic_increasing
