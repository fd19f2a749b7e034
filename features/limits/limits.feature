# The smallest limit wins, whoever set it.
Feature: Limits

  Background:
    Given a charger where nobody needs a token

  @CP-07
  Scenario Outline: A cable of <cable> and a profile of <profile> leave <duty>
    Given the CSMS limits the charger to <profile>
    When the driver plugs in with a <cable> cable
    Then within 5 s the pilot duty is <duty>
    And the limit is <limit> by the <by>

    Examples:
      | cable | profile | duty   | limit | by      |
      | 13 A  | 16 A    | 21.6 % | 13 A  | Cable   |
      | 20 A  | 16 A    | 26.6 % | 16 A  | Profile |
      | 32 A  | 10 A    | 16.6 % | 10 A  | Profile |
      | 32 A  | 80 A    | 53.3 % | 32 A  | Outlet  |

  @CP-07
  Scenario: A contract limits its own session
    Given a charger that asks for a token
    And the charger knows the card SMALL with a contract for 10 A
    When the driver plugs in
    And the card SMALL is held to the reader
    Then within 5 s the pilot duty is 16.6 %
    And the limit is 10 A by the Contract

  @OC-14
  Scenario: A profile in amperes is followed, and its end too
    Given a car is charging
    When the CSMS sets a profile of 10 A
    Then within 1 s the charger answers SetChargingProfile with Accepted
    And within 1 s the pilot duty is 16.6 %
    And within 5 s the car draws 10 A
    And within 1 s the CSMS received TransactionEvent where
      | triggerReason | ChargingRateChanged |
    When the CSMS clears the profiles
    Then within 6 s the pilot duty is 53.3 %
    And within 15 s the car draws 32 A

  @OC-14
  Scenario: A profile in watts is shared by the lines in use
    Given a car is charging
    When the CSMS sets a profile of 6.9 kW
    Then within 1 s the pilot duty is 16.6 %
    And within 5 s the car draws 10 A

  @OC-14
  Scenario: A profile in watts leaves a car on one line all of it
    Given the car "small-car-7"
    And a car is charging
    When the CSMS sets a profile of 6.9 kW
    Then within 2 s the pilot duty is 50.0 %

  @OC-14
  Scenario: A profile ends with its duration
    Given a car is charging
    When the CSMS sets a profile of 8 A for 5 min
    Then within 5 s the car draws 8 A
    And for 4 min the car draws at most 8 A
    And within 2 min the car draws 32 A

  @OC-14
  Scenario: The profile of a transaction ends with it
    Given a car is charging
    When the CSMS sets a profile of 8 A
    Then within 5 s the car draws 8 A
    When the driver unplugs
    And 5 s pass
    And the driver plugs in
    Then within 5 s the pilot duty is 53.3 %

  Scenario: A default profile waits for the next transaction
    Given the CSMS sets a default profile of 16 A
    When the driver plugs in
    Then within 5 s the pilot duty is 26.6 %

  @EG-02
  Scenario: No energy, and energy again
    Given a car is charging
    When the CSMS limits the charger to 0 A
    Then within 8 s the contactor opens
    And within 1 s the session event ChargingPausedEVSE is seen
    And within 1 s the CSMS received TransactionEvent where
      | transactionInfo.chargingState | SuspendedEVSE |
    When 60 s pass
    And the CSMS clears the profiles
    Then within 10 s the contactor closes
    And within 1 s the session event SessionResumed is seen

  @EG-01
  Scenario: No energy before the start
    Given the CSMS limits the charger to 0 A
    When the driver plugs in
    And 60 s pass
    Then the meter has counted nothing
    When the CSMS limits the charger to 16 A
    Then within 10 s the session event ChargingStarted is seen

  @CP-25
  Scenario: A clock that jumps moves no limit
    Given a car is charging
    When the CSMS sets a profile of 10 A
    And 10 s pass
    And the clock of the CSMS jumps ahead by 1 h
    Then for 5 min the pilot duty stays 16.6 %
