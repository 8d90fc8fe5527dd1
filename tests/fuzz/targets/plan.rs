//! Plan.json.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Whatever is read as a plan is read again from what it is written as.
    if let Ok((plan, _)) = thrice_patch::judge::plan::read(bytes) {
        let again = thrice_patch::judge::plan::read(plan.text().as_bytes());
        assert!(again.is_ok_and(|(again, _)| again == plan));
    }
});
