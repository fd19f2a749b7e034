# Every link breaks in the ways real ones break: the charger is safe, says what is wrong, and recovers.
@rig
Feature: Links to devices that break

  @requires:board @energised
  Scenario: The power board vanishes in mid session and returns
    Given a charger where nobody needs a token
    And a car is charging
    When the power board is lost
    Then within 500 ms the fault BoardLost is detected
    And within 6 s the contactor opens
    When the power board is back
    Then within 4 s the fault BoardLost is cleared
    And within 8 s the contactor closes

  @requires:board @slow @energised
  Scenario: The bus of the power board hangs in mid session and comes free
    Given a charger where nobody needs a token
    And a car is charging
    When the bus of the power board hangs
    # A board that is asked is found to hang at once; one that tells by itself, when its heartbeats stay away.
    Then within 11 s the fault BoardLost is detected
    And within 6 s the contactor opens
    When the power board is back
    Then within 8 s the contactor closes

  @requires:board @energised
  Scenario: The power board is missing when the charger boots, and comes
    Given a charger where nobody needs a token
    And the power board is missing
    When the driver plugs in
    Then for 2 s the contactor stays open
    When the power board is back
    Then within 8 s the contactor closes

  @requires:board @energised
  Scenario: The firmware starts anew under a charging car
    Given a charger where nobody needs a token
    And a car is charging
    When the power board starts anew
    Then within 200 ms the contactor opens
    And within 15 s the contactor closes

  @requires:lock
  Scenario: A jammed lock gives no energy
    Given a charger where nobody needs a token
    And the lock jams
    When the driver plugs in
    Then within 3 s the fault LockFailed is detected
    And for 2 s the contactor stays open

  @requires:lock
  Scenario: A lock that does not acknowledge gives no energy, and is found again
    Given a charger where nobody needs a token
    When the lock does not acknowledge
    And the driver plugs in
    Then within 3 s the fault LockFailed is detected
    And for 1 s the contactor stays open

  @requires:lock @requires:rfid @energised
  Scenario: A bus that hangs holds up nobody but its own devices
    Given a charger where nobody needs a token
    And a car is charging
    When the bus of the token reader hangs
    And the car stops asking for energy
    Then within 200 ms the contactor opens
    When the car asks for energy
    Then within 3 s the contactor closes

  @requires:rfid @energised
  Scenario: A card reader that was missing works as soon as it is there
    Given a charger that asks for a token
    And the token reader is missing
    When the driver plugs in
    And the token reader is back
    And 3 s pass
    And the card 04CA2D01 is held to the reader
    Then within 5 s the contactor closes

  @requires:meter @energised
  Scenario Outline: No energy without a reading: the meter <breaks>
    Given a charger with the configuration
      """
      [meter]
      lost_after_s = 2
      [authorization]
      mode = "free"
      """
    And a car is charging
    When the meter <breaks>
    Then within 5 s the fault MeterLost is detected
    And within 1 s the contactor opens
    When the meter is back
    Then within 5 s the fault MeterLost is cleared

    Examples:
      | breaks                      |
      | is lost                     |
      | falls silent                |
      | answers with bad checksums  |
      | breaks off its answers      |
      | runs its answers together   |
      | changes its word order      |

  @requires:grid @slow @energised
  Scenario Outline: The house meter <breaks>: the car gets the fail-safe current
    Given a charger where nobody needs a token
    And a car is charging
    When the house meter <breaks>
    Then within 20 s the car draws 6 A

    Examples:
      | breaks                     |
      | falls silent               |
      | answers with bad checksums |
      | breaks off its answers     |
